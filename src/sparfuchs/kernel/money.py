"""Money is whole minor units with a currency (domain.md 5.2, R-M-1 to R-M-5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from typing import Final, NewType, Self

from sparfuchs.kernel.errors import UsageError

Minor = NewType("Minor", int)

# ISO 4217, 2026: code -> (numeric code, decimals). Funds codes, metals and test codes are left out:
# no shop states a price in them.
_CURRENCIES: Final[str] = """
AED 784 2|AFN 971 2|ALL 008 2|AMD 051 2|ANG 532 2|AOA 973 2|ARS 032 2|AUD 036 2|AWG 533 2
AZN 944 2|BAM 977 2|BBD 052 2|BDT 050 2|BGN 975 2|BHD 048 3|BIF 108 0|BMD 060 2|BND 096 2
BOB 068 2|BRL 986 2|BSD 044 2|BTN 064 2|BWP 072 2|BYN 933 2|BZD 084 2|CAD 124 2|CDF 976 2
CHF 756 2|CLF 990 4|CLP 152 0|CNY 156 2|COP 170 2|CRC 188 2|CUP 192 2|CVE 132 2|CZK 203 2
DJF 262 0|DKK 208 2|DOP 214 2|DZD 012 2|EGP 818 2|ERN 232 2|ETB 230 2|EUR 978 2|FJD 242 2
FKP 238 2|GBP 826 2|GEL 981 2|GHS 936 2|GIP 292 2|GMD 270 2|GNF 324 0|GTQ 320 2|GYD 328 2
HKD 344 2|HNL 340 2|HTG 332 2|HUF 348 2|IDR 360 2|ILS 376 2|INR 356 2|IQD 368 3|IRR 364 2
ISK 352 0|JMD 388 2|JOD 400 3|JPY 392 0|KES 404 2|KGS 417 2|KHR 116 2|KMF 174 0|KPW 408 2
KRW 410 0|KWD 414 3|KYD 136 2|KZT 398 2|LAK 418 2|LBP 422 2|LKR 144 2|LRD 430 2|LSL 426 2
LYD 434 3|MAD 504 2|MDL 498 2|MGA 969 2|MKD 807 2|MMK 104 2|MNT 496 2|MOP 446 2|MRU 929 2
MUR 480 2|MVR 462 2|MWK 454 2|MXN 484 2|MYR 458 2|MZN 943 2|NAD 516 2|NGN 566 2|NIO 558 2
NOK 578 2|NPR 524 2|NZD 554 2|OMR 512 3|PAB 590 2|PEN 604 2|PGK 598 2|PHP 608 2|PKR 586 2
PLN 985 2|PYG 600 0|QAR 634 2|RON 946 2|RSD 941 2|RUB 643 2|RWF 646 0|SAR 682 2|SBD 090 2
SCR 690 2|SDG 938 2|SEK 752 2|SGD 702 2|SHP 654 2|SLE 925 2|SOS 706 2|SRD 968 2|SSP 728 2
STN 930 2|SVC 222 2|SYP 760 2|SZL 748 2|THB 764 2|TJS 972 2|TMT 934 2|TND 788 3|TOP 776 2
TRY 949 2|TTD 780 2|TWD 901 2|TZS 834 2|UAH 980 2|UGX 800 0|USD 840 2|UYU 858 2|UYW 927 4
UZS 860 2|VED 926 2|VES 928 2|VND 704 0|VUV 548 0|WST 882 2|XAF 950 0|XCD 951 2|XOF 952 0
XPF 953 0|YER 886 2|ZAR 710 2|ZMW 967 2|ZWG 924 2
"""

_ROWS: Final = [row.split() for line in _CURRENCIES.split("\n") for row in line.split("|") if row]
DECIMALS: Final[dict[str, int]] = {code: int(decimals) for code, _, decimals in _ROWS}
NUMERIC: Final[dict[str, int]] = {code: int(number) for code, number, _ in _ROWS}
BY_NUMERIC: Final[dict[int, str]] = {number: code for code, number in NUMERIC.items()}

# The largest price we believe: a hundred million euros in cents. Above it the text was misread.
MAX_PRICE_MINOR: Final = 10_000_000_000


def decimals_of(currency: str) -> int:
    """Number of decimals of a currency. Raises UsageError for a code ISO 4217 does not know."""
    try:
        return DECIMALS[currency]
    except KeyError:
        raise UsageError(f"{currency!r} is no ISO 4217 currency code", currency=currency) from None


@dataclass(frozen=True, slots=True, order=False)
class Money:
    """An amount in whole minor units of one currency. Different currencies never mix."""

    minor: int
    currency: str

    def __post_init__(self) -> None:
        if isinstance(self.minor, bool) or not isinstance(self.minor, int):
            raise TypeError(f"Money takes whole minor units, not {self.minor!r}")
        decimals_of(self.currency)

    @classmethod
    def of_decimal(cls, amount: Decimal, currency: str) -> Self:
        """Exact. Raises UsageError when the amount has more decimals than the currency."""
        scaled = amount.scaleb(decimals_of(currency))
        if scaled != scaled.to_integral_value():
            raise UsageError(
                f"{amount} has more decimals than {currency} allows",
                amount=str(amount),
                currency=currency,
            )
        return cls(int(scaled), currency)

    def __add__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor + other.minor, self.currency)

    def __sub__(self, other: "Money") -> "Money":
        self._same(other)
        return Money(self.minor - other.minor, self.currency)

    def __neg__(self) -> "Money":
        return Money(-self.minor, self.currency)

    def __lt__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor < other.minor

    def __le__(self, other: "Money") -> bool:
        self._same(other)
        return self.minor <= other.minor

    def _same(self, other: "Money") -> None:
        if self.currency != other.currency:
            raise ValueError(f"{self.currency} and {other.currency} do not mix")

    @property
    def decimal(self) -> Decimal:
        return Decimal(self.minor).scaleb(-decimals_of(self.currency))

    def allocate(self, weights: Sequence[int]) -> list["Money"]:
        """Split by weights so that every cent is kept: largest remainder, ties by index (R-M-4).

        Raises UsageError when there is no positive weight or one is negative.
        """
        total = sum(weights)
        if total <= 0 or min(weights, default=-1) < 0:
            raise UsageError("Weights must be whole, not negative, and one above zero")
        sign = -1 if self.minor < 0 else 1
        whole = abs(self.minor)
        shares = [whole * weight // total for weight in weights]
        rest = whole - sum(shares)
        order = sorted(range(len(weights)), key=lambda i: (-(whole * weights[i] % total), i))
        for i in order[:rest]:
            shares[i] += 1
        return [Money(sign * share, self.currency) for share in shares]

    def german(self) -> str:
        """The German way of writing it: `1.234,50 €`, with a non-breaking space (domain.md 5.2)."""
        symbol = {"EUR": "€", "USD": "$", "GBP": "£"}.get(self.currency, self.currency)
        text = f"{self.decimal:,.{decimals_of(self.currency)}f}"
        return text.translate(str.maketrans(",.", ".,")) + "\N{NO-BREAK SPACE}" + symbol


def round_half_up(amount: Decimal) -> int:
    """Rounding for display and unit prices alone (R-M-5)."""
    return int(amount.quantize(Decimal(1), rounding=ROUND_HALF_UP))
