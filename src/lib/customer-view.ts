import { nameInKey } from "./customer-key.ts";

/** Phone and BSUID of a customer; a row without a profile has them in its key. */
export function viewCustomerKey(row: {
  customer: string;
  phone: string | null;
  bsuid: string | null;
}): { phone?: string; bsuid?: string } {
  const named = nameInKey(row.customer);
  const phone = row.phone ?? named.phone ?? null;
  const bsuid = row.bsuid ?? named.bsuid ?? null;
  return { ...(phone === null ? {} : { phone }), ...(bsuid === null ? {} : { bsuid }) };
}
