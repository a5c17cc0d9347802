import * as z from "zod";

export interface JsonSchema {
  [key: string]: unknown;
}

/**
 * A schema as JSON Schema 2020-12, which is what OpenAPI 3.1 takes. Schemas with an id go to
 * `schemas`, and are pointed at.
 */
export function jsonOf(
  schema: z.ZodType,
  io: "input" | "output",
  schemas: Record<string, JsonSchema>,
): JsonSchema {
  // One level down, or a schema with an id would stand here itself.
  const { properties } = named(z.object({ it: schema }), schemas, io) as unknown as {
    properties: { it: JsonSchema };
  };
  return properties.it;
}

function named(
  schema: z.ZodType,
  schemas: Record<string, JsonSchema>,
  io: "input" | "output",
): Record<string, JsonSchema> {
  const {
    $schema: _,
    $defs = {},
    ...rest
  } = z.toJSONSchema(schema, {
    io,
    unrepresentable: "any",
    override: ({ jsonSchema }) => {
      delete jsonSchema["id"];
      if (jsonSchema.format !== undefined) delete jsonSchema.pattern; // says the same at length
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  const repoint = (value: object) =>
    JSON.parse(
      JSON.stringify(value).replaceAll('"#/$defs/', '"#/components/schemas/'),
    ) as JsonSchema;
  for (const [id, definition] of Object.entries($defs)) schemas[id] = repoint(definition);
  return repoint(rest) as Record<string, JsonSchema>;
}
