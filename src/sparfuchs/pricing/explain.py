"""The verdict in words, with its numbers and never more than the evidence holds (domain.md 4.6).

Our own percentage is only ever said against the lowest price known to us; the merchant's is always
marked as the merchant's. Where the window was not watched from its start we say since when.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final, Literal
from zoneinfo import ZoneInfo

from sparfuchs.kernel.money import Money, decimals_of
from sparfuchs.pricing.model import ClaimVerdict, Flag, Ground, Verdict

Language = Literal["de", "en"]


@dataclass(frozen=True)
class Words:
    """One sentence on the price, one on the claim where there is one."""

    price: str
    claim: str | None


def explain(found: Mapping[str, Any], language: Language, *, zone: str) -> Words:
    """What a stored verdict (one VERDICT row as a mapping) says, in German or English.

    Dates are those of `zone`.
    """
    say = _Sayer(found, language, zone)
    return Words(say.price(), say.claim())


_MONTHS: Final = (
    "January February March April May June July August September October November December"
)


def written(day: date, language: Language) -> str:
    """A day as people write it: 12.03.2026, 12 March 2026."""
    if language == "de":
        return f"{day:%d.%m.%Y}"
    return f"{day.day} {_MONTHS.split()[day.month - 1]} {day.year}"


@dataclass(frozen=True)
class _Sayer:
    found: Mapping[str, Any]
    language: Language
    zone: str

    def pick(self, german: str, english: str) -> str:
        return german if self.language == "de" else english

    def money(self, name: str) -> str:
        amount = Money(self.found[name], self.found["currency"])
        if self.language == "de":
            return amount.german()
        symbol = {"EUR": "€", "GBP": "£", "USD": "$"}.get(amount.currency)
        text = f"{amount.decimal:,.{decimals_of(amount.currency)}f}"
        return f"{symbol}{text}" if symbol else f"{amount.currency} {text}"

    def date(self, moment: datetime) -> str:
        return written(moment.astimezone(ZoneInfo(self.zone)).date(), self.language)

    @property
    def whole_window(self) -> bool:
        """Whether all of the thirty days could have been seen; else they are never called that."""
        seen: bool = self.found["first_seen"] <= self.found["window_start"]
        return seen

    @property
    def stale(self) -> bool:
        """Whether there was a cut, so long ago that its price is the normal one by now."""
        return Flag.STALE.value in self.found["flags"] and bool(self.found["honest_pct"])

    def low(self) -> str:
        """The reference: the 30-day low only when all thirty days could have been seen."""
        amount = self.money("l30_minor")
        if self.whole_window:
            steps = self.found["chain_steps"]
            if steps is not None:
                first = self.date(self.found["chain_start"])
                return self.pick(
                    f"30-Tage-Tiefpreis {amount} vor der ersten von {steps} Senkungen am {first}",
                    f"30-day low of {amount} before the first of {steps} cuts on {first}",
                )
            return self.pick(f"30-Tage-Tiefpreis {amount}", f"30-day low of {amount}")
        since = self.date(self.found["first_seen"])
        return self.pick(
            f"niedrigsten Preis seit {since}: {amount}", f"lowest price since {since}: {amount}"
        )

    def share(self) -> str:
        percent = int(self.found["coverage"] * 100)
        return self.pick(f"{percent} % der Zeit beobachtet", f"observed for {percent}% of the time")

    def seen_for(self) -> str:
        days = self.found["days_seen"]
        if not days:
            return self.pick("seit heute beobachtet", "observed since today")
        return self.pick(
            f"seit {days} {'Tag' if days == 1 else 'Tagen'} beobachtet",
            f"observed for {days} {'day' if days == 1 else 'days'}",
        )

    def price(self) -> str:
        sentence = self._verdict(Verdict(self.found["verdict"]))
        if self.found["asserted_at"] is not None:
            when = self.date(self.found["asserted_at"])
            sentence += self.pick(
                f" Stand {when}, der Preis kann jetzt anders sein.",
                f" As of {when}; the price may be different now.",
            )
        return sentence

    def _verdict(self, verdict: Verdict) -> str:
        percent = self.found["honest_pct"]
        match verdict:
            case Verdict.GENUINE | Verdict.SMALL | Verdict.PLAUSIBLE if self.stale:
                since, low = self.date(self.found["t0"]), self.low()
                upto = self.pick("bis zu ", "up to ") if verdict is Verdict.PLAUSIBLE else ""
                return self.pick(
                    f"Seit {since} der normale Preis; davor {upto}−{percent} % ggü. {low}.",
                    f"The normal price since {since}; at that time {upto}−{percent}% on the {low}.",
                )
            case Verdict.GENUINE:
                said = self.pick(f"−{percent} % ggü. ", f"−{percent}% on the ") + self.low()
                return f"{said} ({self.share()})."
            case Verdict.PLAUSIBLE:
                return self.pick(
                    f"Bis zu {percent} % ggü. {self.low()}, soweit wir wissen ({self.share()}).",
                    f"Up to {percent}% on the {self.low()}, as far as we know ({self.share()}).",
                )
            case Verdict.SMALL if self.found["price_minor"] >= self.found["l30_minor"]:
                # The low was only carried into the window: not certain enough for more.
                return self.pick(
                    f"Keine Senkung ggü. {self.low()}.", f"No cut on the {self.low()}."
                )
            case Verdict.SMALL:
                return self.pick(
                    f"Kaum günstiger: {percent} % ggü. {self.low()}.",
                    f"Hardly cheaper: {percent}% on the {self.low()}.",
                )
            case Verdict.NO_REDUCTION if self.found["reason"] == Ground.STEADY.value:
                since = self.date(self.found["t0"])
                return self.pick(
                    f"Keine Ermäßigung: seit {since} kennen wir nur diesen Preis.",
                    f"No reduction: since {since} this is the only price we know.",
                )
            case Verdict.NO_REDUCTION:
                german, english = "in den 30 Tagen davor", "in the 30 days before"
                if not self.whole_window:
                    since = self.date(self.found["first_seen"])
                    german, english = f"seit {since}", f"since {since}"
                return self.pick(
                    f"Keine Ermäßigung: {german} haben wir {self.money('price_minor')} oder "
                    "weniger gesehen.",
                    f"No reduction: {english} we saw {self.money('price_minor')} or less.",
                )
            case Verdict.INSUFFICIENT if self.found["price_minor"] is None:
                return self.pick("Noch kein Preis bekannt.", "No price known yet.")
            case Verdict.INSUFFICIENT if self.found["reason"] == Ground.PRICE_DIFFERS.value:
                return self.pick(
                    "Kein Urteil: die Seite des Shops zeigt einen anderen Preis als ihre Daten.",
                    "No verdict: the shop's page shows another price than its data.",
                )
            case Verdict.INSUFFICIENT:
                known = self.seen_for()
                if self.found["reason"] == Ground.THIN.value:
                    percent = int(self.found["coverage"] * 100)
                    known += self.pick(
                        f", {percent} % der nötigen Zeit", f", {percent}% of the time needed"
                    )
                return self.pick(
                    f"Zu wenig bekannt für ein Urteil ({known}).",
                    f"Too little is known for a verdict ({known}).",
                )
            case Verdict.UVP_ONLY:
                return self.pick(
                    "Kein früherer Preis bekannt, nur eine UVP.",
                    "No earlier price known, only a recommended retail price.",
                )
            case Verdict.EXEMPT if self.found["reason"] == Ground.PERISHABLE.value:
                return self.pick(
                    "Verderbliche Ware: kein Vergleich mit früheren Preisen.",
                    "Perishable: no comparison with earlier prices.",
                )
            case Verdict.EXEMPT:
                return self.pick(
                    "Persönlicher Preis: kein Vergleich mit früheren Preisen.",
                    "A personal price: no comparison with earlier prices.",
                )

    def claim(self) -> str | None:
        claim = ClaimVerdict(self.found["claim_verdict"])
        percent = self.found["claim_pct"]
        stated = self.pick("Händlerangabe", "The merchant's statement")
        if percent:
            stated = self.pick(f"{stated} −{percent} %", f"{stated} −{percent}%")
        match claim:
            case ClaimVerdict.CLAIM_NONE:
                return None
            case ClaimVerdict.CLAIM_UVP if self.found["ref_price_minor"] is None:
                return self.pick(
                    f"{stated} ggü. UVP.", f"{stated} on the recommended retail price."
                )
            case ClaimVerdict.CLAIM_UVP:
                ref = self.money("ref_price_minor") if self.found["currency"] else ""
                return self.pick(
                    f"Händlerangabe: UVP {ref}".rstrip() + ".",
                    f"The merchant states a recommended retail price of {ref}".rstrip() + ".",
                )
            case ClaimVerdict.CLAIM_UNJUDGED:
                return self.pick(
                    f"{stated}: können wir nicht prüfen.", f"{stated}: we cannot check it."
                )
            case ClaimVerdict.CLAIM_OK:
                return self.pick(
                    f"{stated}: von den uns bekannten Preisen nicht widerlegt.",
                    f"{stated}: not refuted by the prices known to us.",
                )
            case ClaimVerdict.CLAIM_OVERSTATED:
                return self.pick(
                    f"{stated}: nach den uns bekannten Preisen zu hoch.",
                    f"{stated}: too high by the prices known to us.",
                )
            case ClaimVerdict.CLAIM_INFLATED:
                return self._inflated(stated)

    def _inflated(self, stated: str) -> str:
        reference, seen = self.money("ref_price_minor"), self.found["ref_first_seen"]
        if seen is None:
            return self.pick(
                f"{stated}: den Vergleichspreis {reference} haben wir davor nie gesehen.",
                f"{stated}: we never saw the reference price of {reference} before.",
            )
        return self.pick(
            f"{stated}: den Vergleichspreis {reference} haben wir davor erst seit "
            f"{self.date(seen)} gesehen.",
            f"{stated}: we saw the reference price of {reference} before only since "
            f"{self.date(seen)}.",
        )
