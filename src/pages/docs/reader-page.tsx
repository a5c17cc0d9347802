import { Document } from "../layout.tsx";

/** The reader's own file; its name holds its version (scripts/vendor-scalar.ts). */
export const READER = "/docs/scalar-1.72.1.js";

export function ReaderPage() {
  return (
    <Document
      page="docs"
      lang="en"
      title="Tandem API"
      head={
        <>
          <meta name="description" content="The API of Tandem, WhatsApp coexistence" />
          <script src={READER} defer></script>
        </>
      }
    >
      <div id="reader"></div>
      <noscript>
        The reader needs scripts. The document itself is <a href="/openapi.json">openapi.json</a>,
        problems are explained <a href="/docs/problems">on a page of their own</a>.
      </noscript>
    </Document>
  );
}
