import { Badge, Confirm, Copy, Empty, Table, Time } from "./parts.tsx";
import { SCOPES } from "../../database/api-keys.ts";
import type { ApiKey } from "../../database/api-keys.ts";

const NAME_MAX = 200;

interface KeysProps {
  /** The partner's own address. */
  at: string;
  keys: ApiKey[];
  /** A key that was made or rotated just now, shown this once. */
  fresh: string | undefined;
  now: number;
}

/** A partner's keys, and what operators can do with them. */
export function Keys({ at, keys, fresh, now }: KeysProps) {
  return (
    <>
      <h2>Keys</h2>
      {fresh === undefined ? null : (
        <div class="notice">
          <p>This key is shown once, and kept nowhere. Hand it over by a safe way.</p>
          <Copy value={fresh} label="The new key" />
        </div>
      )}
      {keys.length === 0 ? (
        <Empty>This partner cannot call the API: it has no key.</Empty>
      ) : (
        <Table label="Keys">
          <thead>
            <tr>
              <th>Name</th>
              <th>Begins with</th>
              <th>May</th>
              <th>Senders</th>
              <th>Made</th>
              <th>Last used</th>
              <th>Ends</th>
              <th></th>
            </tr>
          </thead>
          <tbody>
            {keys.map((key) => (
              <Row key={key.id} at={at} shown={key} now={now} />
            ))}
          </tbody>
        </Table>
      )}
      <form class="card" method="post" action={`${at}/keys`}>
        <label>
          Name of a new key <small>where it will be used</small>
          <input name="name" required maxlength={NAME_MAX} />
        </label>
        <Scopes chosen={SCOPES} />
        <label>
          Only for these senders <small>phone number ids, comma between; empty: all</small>
          <input name="senders" inputmode="numeric" pattern="[0-9, ]*" />
        </label>
        <label>
          Ends on <small>at the day's start, UTC; empty: when it is revoked</small>
          <input name="expires_on" type="date" />
        </label>
        <button>Make a key</button>
      </form>
    </>
  );
}

function Row({ at, shown, now }: { at: string; shown: ApiKey; now: number }) {
  const isExpired = shown.expiresAt !== null && shown.expiresAt <= now;
  const action = `${at}/keys/${shown.id}`;
  return (
    <tr>
      <td>{shown.name ?? <span class="none">—</span>}</td>
      <td>
        <code>tdm_{shown.id}_</code>
      </td>
      <td>{shown.scopes.join(", ")}</td>
      <td>{shown.senders === null ? "all" : shown.senders.join(", ")}</td>
      <td>
        <Time at={shown.createdAt} />
      </td>
      <td>
        <Time at={shown.lastUsedAt} />
      </td>
      <td>
        {shown.revokedAt === null ? (
          <>
            <Time at={shown.expiresAt} /> {isExpired ? <Badge tone="calm">expired</Badge> : null}
          </>
        ) : (
          <>
            <Time at={shown.revokedAt} /> <Badge tone="calm">revoked</Badge>
          </>
        )}
      </td>
      <td>{shown.revokedAt !== null || isExpired ? null : <Deeds action={action} of={shown} />}</td>
    </tr>
  );
}

function Deeds({ action, of }: { action: string; of: ApiKey }) {
  return (
    <>
      <Confirm label="Change…" button="Save" action={action}>
        <Scopes chosen={of.scopes} />
        <label>
          Only for these senders <small>empty: all</small>
          <input name="senders" pattern="[0-9, ]*" value={of.senders?.join(", ") ?? ""} />
        </label>
        <label>
          Ends on <small>UTC; empty: when it is revoked</small>
          <input name="expires_on" type="date" value={dayOf(of.expiresAt)} />
        </label>
        <p>Known everywhere within 30 seconds.</p>
      </Confirm>
      <Confirm label="Rotate…" button="Make another secret" action={`${action}/rotate`}>
        <label>
          Hours for which the secret of now goes on working
          <input name="overlap_hours" type="number" min={0} max={168} value="24" required />
        </label>
      </Confirm>
      <Confirm label="Revoke…" button="Revoke this key" action={`${action}/revoke`} danger>
        <p>Calls with it are refused within 30 seconds, for good.</p>
      </Confirm>
    </>
  );
}

function Scopes({ chosen }: { chosen: readonly string[] }) {
  return (
    <fieldset>
      <legend>What it may do</legend>
      {SCOPES.map((scope) => (
        <label>
          <input type="checkbox" name={`scope_${scope}`} checked={chosen.includes(scope)} /> {scope}
        </label>
      ))}
    </fieldset>
  );
}

function dayOf(at: number | null): string {
  return at === null ? "" : new Date(at).toISOString().slice(0, 10);
}
