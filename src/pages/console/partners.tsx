import { Keys } from "./keys.tsx";
import { page } from "./layout.tsx";
import { count, Empty, Table, Time } from "./parts.tsx";
import { textIn } from "./reason-in.ts";
import { listApiKeys } from "../../database/api-keys.ts";
import { updatePartner } from "../../database/partners.ts";
import { findPartner, listPartners } from "../../database/read-console.ts";
import { AppError } from "../../errors.ts";
import { createPartner } from "../../operations/create-partner.ts";
import { noteAudit } from "../../operations/note-audit.ts";
import type { Context } from "hono";
import type { AppContext } from "../../env.ts";
import type { ListedPartner } from "../../database/read-console.ts";

const NAME_MAX = 200;
const URL_MAX = 500;

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
      <h2>How owners see it</h2>
      <form class="card" method="post" action={at}>
        <label>
          Name
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
        <button>Save</button>
      </form>
    </>,
  );
}

export async function makePartner(c: Context<AppContext>) {
  const { services, operator } = c.var;
  const name = await nameIn(c);
  const { id } = await createPartner(services, {
    name,
    logoUrl: null,
    mediaRetentionDays: null,
    messageRetentionDays: null,
  });
  await noteAudit(services, { operator, action: "partner.create", partner: id });
  return c.redirect(`/console/partners/${id}`, 303);
}

export async function changePartner(c: Context<AppContext>) {
  const { services, operator } = c.var;
  const partner = await partnerOf(c);
  const [name, logo] = [await nameIn(c), await textIn(c, "logo_url")];
  const isUrl = URL.canParse(logo) && new URL(logo).protocol === "https:" && logo.length <= URL_MAX;
  if (logo !== "" && !isUrl) {
    throw new AppError("invalid_request", "logo_url: is no https address.", { field: "logo_url" });
  }
  await noteAudit(services, { operator, action: "partner.change", partner: partner.id });
  const look = { name, logoUrl: logo === "" ? null : logo };
  await updatePartner(services.registry, partner.id, look);
  return c.redirect(`/console/partners/${partner.id}`, 303);
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
