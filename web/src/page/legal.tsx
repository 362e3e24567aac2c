import type { Lang } from "../routes.ts";

interface Operator {
  name: string;
  address: string[];
  contact: string;
}

/** Who runs this installation, by its settings (`web.operator_*`). */
export function operator(): Operator {
  return {
    name: process.env.SPARFUCHS_OPERATOR_NAME ?? "",
    address: (process.env.SPARFUCHS_OPERATOR_ADDRESS ?? "").split("|").filter(Boolean),
    contact: process.env.SPARFUCHS_OPERATOR_CONTACT ?? "",
  };
}

function Card({ lang }: { lang: Lang }) {
  const { name, address, contact } = operator();
  if (!name || !address.length || !contact) {
    return (
      <p className="rounded-xl border border-edge bg-sunk p-4" data-operator="missing">
        {lang === "de"
          ? "Für diese Installation ist noch kein Betreiber eingetragen. Die Einstellungen web.operator_name, web.operator_address und web.operator_contact füllen diese Stelle."
          : "No operator has been entered for this installation yet. The settings web.operator_name, web.operator_address and web.operator_contact fill this place."}
      </p>
    );
  }
  return (
    <address className="mt-3 not-italic" data-operator="known">
      {[name, ...address, contact].map((line) => (
        <span key={line} className="block">
          {line}
        </span>
      ))}
    </address>
  );
}

export function Imprint({ lang }: { lang: Lang }) {
  return (
    <article className="prose-site">
      <h1 className="text-3xl font-bold">{lang === "de" ? "Impressum" : "Imprint"}</h1>
      <p>{lang === "de" ? "Angaben nach § 5 DDG" : "Information under § 5 DDG (Germany)"}</p>
      <Card lang={lang} />
      <h2>{lang === "de" ? "Was diese Seite ist" : "What this site is"}</h2>
      <p>
        {lang === "de"
          ? "Diese Seite zeigt Angebote fremder Händler und verkauft selbst nichts. Verträge kommen mit dem Händler zustande; für seine Angaben ist er verantwortlich. Preise können sich seit der letzten Prüfung geändert haben, deren Zeitpunkt dabeisteht."
          : "This site shows offers of merchants and sells nothing itself. Contracts are made with the merchant, who is responsible for what it states. Prices may have changed since they were last checked; when that was stands beside them."}
      </p>
    </article>
  );
}

export function Privacy({ lang }: { lang: Lang }) {
  return lang === "de" ? (
    <article className="prose-site">
      <h1 className="text-3xl font-bold">Datenschutz</h1>
      <p>Verantwortlich ist:</p>
      <Card lang={lang} />
      <h2>Was gespeichert wird</h2>
      <ul>
        <li>
          Auf deinem Gerät, und nur weil du es willst: ein Cookie „theme“, wenn du helle oder dunkle
          Farben wählst, und die Liste „Gemerkt“, wenn du etwas merkst; sie bleibt im Browser. Dazu
          eine Seite für Zeiten ohne Netz, die nichts von dir weiß. Darum fragt diese Seite nicht
          nach einer Einwilligung.
        </li>
        <li>
          Auf dem Server: beim Abruf deine IP-Adresse im Arbeitsspeicher, um Anfragen zu begrenzen.
          In das Protokoll kommen Zeitpunkt, aufgerufene Seite und Dauer, ohne IP-Adresse.
        </li>
      </ul>
      <h2>Was nicht geschieht</h2>
      <p>
        Es gibt keine Konten, keine Profile, keine Messung fremder Dienste und keine Anfragen an
        Dritte: Schriften, Bilder und Programme kommen von diesem Server. Erst wenn du einem Link
        zum Händler folgst, verlässt du diese Seite.
      </p>
      <h2>Deine Rechte</h2>
      <p>
        Auskunft, Berichtigung, Löschung, Einschränkung, Übertragung und Widerspruch nach der DSGVO;
        Beschwerden nimmt jede Datenschutzbehörde an. Rechtsgrundlage der Begrenzung von Anfragen
        ist Art. 6 Abs. 1 Buchst. f DSGVO, der sichere Betrieb.
      </p>
    </article>
  ) : (
    <article className="prose-site">
      <h1 className="text-3xl font-bold">Privacy</h1>
      <p>Responsible is:</p>
      <Card lang={lang} />
      <h2>What is stored</h2>
      <ul>
        <li>
          On your device, and only because you want it: a cookie “theme” if you choose light or dark
          colours, and the list “Saved” if you save something; it stays in the browser. Beside them
          a page for times without a network, which knows nothing of you. That is why this site does
          not ask for consent.
        </li>
        <li>
          On the server: your IP address in memory while you ask, to limit requests. The log has
          time, page and duration, and no IP address.
        </li>
      </ul>
      <h2>What does not happen</h2>
      <p>
        There are no accounts, no profiles, no measuring by others and no requests to third parties:
        fonts, pictures and programs come from this server. You leave it only when you follow a link
        to a merchant.
      </p>
      <h2>Your rights</h2>
      <p>
        Access, rectification, erasure, restriction, portability and objection under the GDPR; any
        data protection authority takes complaints. The limit on requests rests on Art. 6(1)(f)
        GDPR, safe operation.
      </p>
    </article>
  );
}
