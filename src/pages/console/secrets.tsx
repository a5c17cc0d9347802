import { page } from "./layout.tsx";
import { Badge, count, Empty, Table, Time } from "./parts.tsx";
import { describeSecrets } from "../../operations/describe-secrets.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";
import type { SecretsReport } from "../../operations/describe-secrets.ts";

const KINDS = { senders: "Numbers", endpoints: "Endpoints", signup_sessions: "Signups" } as const;

/** What each rotation of the gateway's own secrets has come to, and what may go; none is shown. */
export async function showSecrets(c: Context<AppContext>) {
  const { tokenKeys, pepper, appSecret, operators } = await describeSecrets(c.var.services);
  return page(
    c,
    { title: "Secrets", here: "Secrets" },
    <>
      <h1>Secrets</h1>
      <p class="hint">
        How the rotations of the gateway's own secrets stand. How to rotate each is in
        docs/operating.md, "Keys and secrets".
      </p>
      <TokenKeys report={tokenKeys} />
      <Pepper report={pepper} />
      <h2>META_APP_SECRET</h2>
      <p>
        In force since <Time at={appSecret.since} />.{" "}
        {appSecret.previous === null ? (
          "There is no previous one."
        ) : (
          <>
            Meta signed with the previous one last: <Time at={appSecret.previous.seenAt} />.{" "}
            <Removable may={appSecret.previous.mayBeRemoved} what="META_APP_SECRET_PREVIOUS" />
          </>
        )}
      </p>
      <h2>OPERATOR_TOKENS</h2>
      <p>
        {operators
          .map(({ name, tokens }) => (tokens === 1 ? name : `${name} (${tokens} tokens)`))
          .join(", ")}
      </p>
    </>,
  );
}

function TokenKeys({ report }: { report: SecretsReport["tokenKeys"] }) {
  const { keys, since, countedAt, isCounting, unopened, failed } = report;
  return (
    <>
      <h2>TOKEN_KEYS</h2>
      <p>
        In force since <Time at={since} />;{" "}
        {countedAt === null ? (
          "records are not counted yet"
        ) : (
          <>
            records counted at <Time at={countedAt} />
          </>
        )}
        {isCounting ? ", and being counted now" : ""}.
      </p>
      {unopened === 0 ? null : (
        <p class="problem">
          {count(unopened)} records do not open: put the key that they need back at the list's end.
        </p>
      )}
      {failed === 0 ? null : (
        <p class="notice">{count(failed)} records could not be looked at, and are tried again.</p>
      )}
      <Table label="Keys of TOKEN_KEYS">
        <thead>
          <tr>
            <th>Key</th>
            <th>State</th>
            {Object.values(KINDS).map((name) => (
              <th class="num">{name}</th>
            ))}
            <th></th>
          </tr>
        </thead>
        <tbody>
          {keys.map(({ kid, state, records, mayBeRemoved }) => (
            <tr>
              <td>
                <code>{kid}</code>
              </td>
              <td>
                <Badge tone={state === "gone" ? "bad" : state === "newest" ? "good" : "calm"}>
                  {state}
                </Badge>
              </td>
              {(Object.keys(KINDS) as (keyof typeof KINDS)[]).map((kind) => (
                <td class="num">{countedAt === null ? "—" : count(records[kind])}</td>
              ))}
              <td>{state === "older" ? <Removable may={mayBeRemoved} what="It" /> : null}</td>
            </tr>
          ))}
        </tbody>
      </Table>
    </>
  );
}

function Pepper({ report }: { report: SecretsReport["pepper"] }) {
  const { since, keys, waiting, previous } = report;
  return (
    <>
      <h2>API_KEY_PEPPER</h2>
      <p>
        In force since <Time at={since} />. Keys in force under it: {count(keys.current)}.{" "}
        {previous === null ? (
          "There is no previous one."
        ) : (
          <>
            Under the previous one: {count(keys.previous)}. Links made before open until{" "}
            <Time at={previous.linksUntil} />.{" "}
            <Removable may={previous.mayBeRemoved} what="API_KEY_PEPPER_PREVIOUS" />
          </>
        )}
      </p>
      {keys.lost === 0 ? null : (
        <p class="problem">
          {count(keys.lost)} keys are under a pepper that is not here, and open nothing: put it into
          API_KEY_PEPPER_PREVIOUS.
        </p>
      )}
      {waiting.length === 0 ? (
        <Empty>No key waits for its next use.</Empty>
      ) : (
        <Table label="Keys that wait for their next use">
          <thead>
            <tr>
              <th>Key</th>
              <th>Name</th>
              <th>Partner</th>
              <th>Last used</th>
            </tr>
          </thead>
          <tbody>
            {waiting.map(({ id, partner, name, lastUsedAt }) => (
              <tr>
                <td>
                  <code>tdm_{id}_</code>
                </td>
                <td>{name ?? <span class="none">—</span>}</td>
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
      )}
    </>
  );
}

function Removable({ may, what }: { may: boolean; what: string }) {
  return may ? <Badge tone="good">{what} may be removed</Badge> : <Badge tone="warn">needed</Badge>;
}
