import { Hono } from "../lib/hono.ts";
import * as z from "zod";
import { findPerson, listKeys, listPersons } from "../database/customer-names.ts";
import { AppError } from "../errors.ts";
import { describeCustomers } from "../operations/describe-customers.ts";
import { customerKey } from "./customer-key.ts";
import { ownSender } from "./own-sender.ts";
import { nextCursor, openCursor, pageQuery } from "./paging.ts";
import { validatePath, validateQuery } from "./validate.ts";
import { viewCustomer } from "./views.ts";
import type { AppContext } from "../env.ts";

const customerPath = z.object({ id: z.string(), customer: customerKey });
const personCursor = z.object({ person: z.string() });

/**
 * A sender's customers, each one once however many names they have. Mounted under the senders,
 * behind their guard. In the order of their keys, so that nothing that happens meanwhile shifts a
 * page.
 */
export const customerRoutes = new Hono<AppContext>()
  .get("/:id/customers", validateQuery(pageQuery), async (c) => {
    const sender = await ownSender(c);
    const { cursor, limit } = c.req.valid("query");
    const after = openCursor(personCursor, cursor)?.person ?? null;
    const database = c.var.services.shard(sender.shard);
    const persons = await listPersons(database, sender.key, after, limit);
    const customers = await describeCustomers(c.var.services, sender, persons);
    return c.json({
      data: customers.map(viewCustomer),
      next_cursor: nextCursor(persons, limit, (person) => ({ person })),
    });
  })
  .get("/:id/customers/:customer", validatePath(customerPath), async (c) => {
    const sender = await ownSender(c);
    const { customer } = c.req.valid("param");
    const database = c.var.services.shard(sender.shard);
    const keys = await listKeys(database, sender.key, customer);
    const person = await findPerson(database, sender.key, keys);
    const [found] =
      person === null ? [] : await describeCustomers(c.var.services, sender, [person]);
    if (found === undefined) {
      throw new AppError("not_found", "This sender has no customer by that name.");
    }
    return c.json(viewCustomer(found));
  });
