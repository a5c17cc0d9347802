import { Keys } from "./keys.tsx";
import { page } from "./layout.tsx";
import { Confirm, count, Empty, Table, Time } from "./parts.tsx";
import { reasonIn, textIn } from "./reason-in.ts";
import { listApiKeys } from "../../database/api-keys.ts";
import { findPartner, listPartners } from "../../database/read-console.ts";
import { AppError } from "../../errors.ts";
import { changePartner } from "../../operations/change-partner.ts";
import { createPartner } from "../../operations/create-partner.ts";
import { removePartner } from "../../operations/remove-partner.ts";
import { partnerChange, readPartnerChange } from "../../routes/partner-bodies.ts";
import { check } from "../../routes/validate.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";
import type { ListedPartner } from "../../database/read-console.ts";

const NAME_MAX = 200;
const URL_MAX = 1_000;
const DAYS_MAX = 3_650;

export async function showPartners(c: Context<AppContext>) {
  const partners = await listPartners(c.var.services.registry);
  return page(
    c,
    { title: "Partners", here: "Partners" },
    <>
      <h1>Partners</h1>
      {partners.length === 0 ? (
        <Empty>Nobody calls the API yet. Make the first partner below.</Empty>
      ) : (
        <Table label="Partners">
          <thead>
            <tr>
              <th>Partner</th>
              <th>Id</th>
              <th class="num">Senders</th>
              <th class="num">Keys</th>
              <th>Files kept</th>
              <th>Since</th>
            </tr>
          </thead>
          <tbody>
            {partners.map((partner) => (
              <tr>
                <td>
                  <a href={`/console/partners/${partner.id}`}>
                    <Logo partner={partner} />
                    {partner.name}
                  </a>
                </td>
                <td>
                  <code>{partner.id}</code>
                </td>
                <td class="num">{count(partner.senders)}</td>
                <td class="num">{count(partner.keys)}</td>
                <td>
                  {partner.mediaRetentionDays === null
                    ? "until deleted"
                    : `${partner.mediaRetentionDays} days`}
                </td>
                <td>
                  <Time at={partner.createdAt} />
                </td>
              </tr>
            ))}
          </tbody>
        </Table>
      )}
      <h2>New partner</h2>
      <form class="card" method="post" action="/console/partners">
        <label>
          Name, as owners see it
          <input name="name" required maxlength={NAME_MAX} />
        </label>
        <button class="main">Make the partner</button>
      </form>
    </>,
  );
}

/** @param fresh a key that was made just now, shown this once */
export async function showPartner(c: Context<AppContext>, fresh?: string) {
  const { registry, now } = c.var.services;
  const partner = await partnerOf(c);
  const keys = await listApiKeys(registry, partner.id, now());
  const at = `/console/partners/${partner.id}`;
  return page(
    c,
    { title: partner.name, here: "Partners", live: fresh === undefined },
    <>
      <p class="crumbs">
        <a href="/console/partners">Partners</a>
      </p>
      <h1>
        <Logo partner={partner} />
        {partner.name}
      </h1>
      <p>
        <code>{partner.id}</code>, since <Time at={partner.createdAt} />,{" "}
        <a href={`/console/senders?q=${encodeURIComponent(partner.name)}`}>
          {count(partner.senders)} {partner.senders === 1 ? "sender" : "senders"}
        </a>
        , <a href={`${at}/endpoints`}>endpoints</a>
      </p>
      <Keys at={at} keys={keys} fresh={fresh} now={c.var.services.now()} />
      <h2>Settings</h2>
      <form class="card" method="post" action={at}>
        <label>
          Name, as owners see it
          <input name="name" required maxlength={NAME_MAX} value={partner.name} />
        </label>
        <label>
          Address of its logo <small>https, square; shown on the signup's page</small>
          <input
            name="logo_url"
            type="url"
            pattern="https://.*"
            maxlength={URL_MAX}
            value={partner.logoUrl ?? ""}
          />
        </label>
        <label>
          Days for which files are kept <small>empty: until they are deleted</small>
          <Days name="media_retention_days" value={partner.mediaRetentionDays} min={1} />
        </label>
        <label>
          Days for which messages are kept, with their files{" "}
          <small>30 at least; empty: always</small>
          <Days name="message_retention_days" value={partner.messageRetentionDays} min={30} />
        </label>
        <button>Save</button>
      </form>
      <h2>Removal</h2>
      <Confirm label="Remove…" button="Remove this partner" action={`${at}/remove`} danger>
        <p>
          Its keys, endpoints and signups end with it. Its numbers have to be erased before; usage
          and audit are kept.
        </p>
        <label>
          Its id once more
          <input name="confirm" required autocomplete="off" />
        </label>
        <label>
          Why <small>kept in the audit</small>
          <input name="reason" required maxlength={200} />
        </label>
      </Confirm>
    </>,
  );
}

export async function makePartner(c: Context<AppContext>) {
  const { services, operator } = c.var;
  const input = {
    name: await nameIn(c),
    logoUrl: null,
    mediaRetentionDays: null,
    messageRetentionDays: null,
  };
  const { id } = await createPartner(services, input, operator);
  return c.redirect(`/console/partners/${id}`, 303);
}

/** By the rules of the API; a field that is empty takes away what was there. */
export async function savePartner(c: Context<AppContext>) {
  const { services, operator } = c.var;
  const { id } = await partnerOf(c);
  const fields = Object.entries(await c.req.parseBody()).map(([field, value]) => {
    const text = typeof value === "string" ? value.trim() : "";
    if (field === "name") return [field, text];
    return [field, text === "" ? null : field.endsWith("_days") ? Number(text) : text];
  });
  const change = readPartnerChange(check(partnerChange, Object.fromEntries(fields)));
  await changePartner(services, id, change, operator);
  return c.redirect(`/console/partners/${id}`, 303);
}

export async function dropPartner(c: Context<AppContext>) {
  const { services, operator } = c.var;
  const by = { operator, reason: await reasonIn(c) };
  await removePartner(services, c.req.param("id") ?? "", await textIn(c, "confirm"), by);
  return c.redirect("/console/partners", 303);
}

function Days({ name, value, min }: { name: string; value: number | null; min: number }) {
  return <input name={name} type="number" min={min} max={DAYS_MAX} value={value ?? ""} />;
}

function Logo({ partner }: { partner: ListedPartner }) {
  return partner.logoUrl === null ? null : (
    <img class="logo" src={partner.logoUrl} alt="" referrerpolicy="no-referrer" loading="lazy" />
  );
}

export async function nameIn(c: Context<AppContext>): Promise<string> {
  const name = await textIn(c, "name");
  if (name === "" || name.length > NAME_MAX) {
    throw new AppError("invalid_request", `name: takes 1 to ${NAME_MAX} characters.`, {
      field: "name",
    });
  }
  return name;
}

export async function partnerOf(c: Context<AppContext>): Promise<ListedPartner> {
  const partner = await findPartner(c.var.services.registry, c.req.param("id") ?? "");
  if (partner === null) throw new AppError("not_found", "There is no such partner.");
  return partner;
}
