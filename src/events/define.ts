import type * as z from "zod";

/** One type of event: what partners are promised of it. */
export interface EventDefinition<Data extends z.ZodType = z.ZodType> {
  /** Of the data's shape: fields are added within one, never changed or taken away. */
  version: number;
  description: string;
  /** When it is told. */
  told: string;
  /** Whether Meta has a webhook of this form: endpoints in `cloud_api` format get only these. */
  inCloudApi: boolean;
  /**
   * Strict where the fields are ours: the tests parse with it, so that no field is told that is not
   * written down here. Readers must take fields that they do not know.
   */
  data: Data;
}

/** A type of event, in its first version. */
export function defineEvent<Data extends z.ZodType>(
  definition: Omit<EventDefinition<Data>, "version">,
): EventDefinition<Data> {
  return { version: 1, ...definition };
}
