import { page } from "./layout.tsx";
import { Badge, count, Empty, Table, Time } from "./parts.tsx";
import { describeSecrets } from "../../operations/describe-secrets.ts";
import { judgeSecrets } from "../../operations/examine-secrets.ts";
import { SEALED_KINDS } from "../../operations/visit-sealed.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";
import type { SecretsReport } from "../../operations/describe-secrets.ts";

const KIND_WORDS: Record<(typeof SEALED_KINDS)[number], string> = {
  senders: "Senders",
  endpoints: "Endpoints",
  signup_sessions: "Signups",
};

/** What each rotation of the gateway's own secrets has come to, and what may go; none is shown. */
export async function showSecrets(c: Context<AppContext>) {
  const report = await describeSecrets(c.var.services);
  const { tokenKeys, pepper, operators } = report;
  return page(
    c,
    { title: "Secrets", here: "Secrets" },
    <>
      <h1>Secrets</h1>
      {judgeSecrets(report).map(({ name, state, detail }) => (
        <>
          <h2>{name.slice("secret:".length)}</h2>
          <p class={state === "missing" ? "problem" : undefined}>{detail}</p>
          {name === "secret:TOKEN_KEYS" ? <TokenKeys report={tokenKeys} /> : null}
          {name === "secret:API_KEY_PEPPER" ? <Waiting keys={pepper.waiting} /> : null}
        </>
      ))}
      <h2>OPERATOR_TOKENS</h2>
      <p>{operators.map(({ name, tokens }) => `${name} (${tokens})`).join(", ")}</p>
      <p class="hint">In brackets: how many tokens are in force for a name.</p>
    </>,
  );
}

function TokenKeys({ report }: { report: SecretsReport["tokenKeys"] }) {
  const { keys, countedAt, failed } = report;
  return (
    <>
      <Table label="Keys of TOKEN_KEYS">
        <thead>
          <tr>
            <th>Key</th>
            <th>State</th>
            {SEALED_KINDS.map((kind) => (
              <th class="num">{KIND_WORDS[kind]}</th>
            ))}
            <th>May be removed</th>
          </tr>
        </thead>
        <tbody>
          {keys.map(({ kid, state, records, mayBeRemoved }) => (
            <tr>
              <td>
                <code>{kid}</code>
              </td>
              <td>
                <Badge tone={state === "gone" ? "bad" : "calm"}>{state}</Badge>
              </td>
              {SEALED_KINDS.map((kind) => (
                <td class="num">{countedAt === null ? "—" : count(records[kind])}</td>
              ))}
              <td>{mayBeRemoved ? <Badge tone="good">yes</Badge> : "no"}</td>
            </tr>
          ))}
        </tbody>
      </Table>
      <p class="hint">
        {countedAt === null ? (
          "Not counted yet."
        ) : (
          <>
            Counted <Time at={countedAt} />.
          </>
        )}{" "}
        Not reached: {count(failed)}.
      </p>
    </>
  );
}

function Waiting({ keys }: { keys: SecretsReport["pepper"]["waiting"] }) {
  if (keys.length === 0) return <Empty>No key waits for its next use.</Empty>;
  return (
    <Table label="Keys that wait for their next use">
      <thead>
        <tr>
          <th>Key</th>
          <th>Partner</th>
          <th>Last used</th>
        </tr>
      </thead>
      <tbody>
        {keys.map(({ id, partner, name, lastUsedAt }) => (
          <tr>
            <td>
              <code>tdm_{id}_</code> <small>{name}</small>
            </td>
            <td>
              <a href={`/console/partners/${partner}`}>{partner}</a>
            </td>
            <td>
              <Time at={lastUsedAt} />
            </td>
          </tr>
        ))}
      </tbody>
    </Table>
  );
}
