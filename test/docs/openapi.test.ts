import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { createConfig, lintFromString } from "@redocly/openapi-core";
import { beforeAll, describe, expect, it } from "vitest";
import { openApiFile, openApiSources } from "../../scripts/docs/openapi.ts";
import { SCALAR, SCALAR_FILE } from "../../scripts/vendor-scalar.ts";
import { bundle } from "../../scripts/gateway.ts";

interface BodySchema {
  properties?: Record<string, { description?: string }>;
  oneOf?: BodySchema[];
}
interface Operation {
  parameters: { name: string; description: string }[];
  requestBody?: { content: Record<string, { schema?: BodySchema }> };
  description?: string;
  /** Where it is not a partner's key. */
  security?: object[];
  "x-scope"?: string;
  "x-whole-partner"?: boolean;
}

describe("public/openapi.json", () => {
  let file = "";

  beforeAll(() => {
    file = readFileSync("public/openapi.json", "utf8");
  });

  it("is what routes and shapes say today (npm run docs writes it)", async () => {
    expect(file).toBe(await openApiFile());
  });

  it("describes every route of /v1 and of the Cloud API surface, and no other", async () => {
    const { undescribed } = await openApiSources();
    expect(undescribed()).toEqual([]);
  });

  it("is OpenAPI without a complaint", async () => {
    const config = await createConfig({
      extends: ["recommended"],
      rules: {
        // Numbers cannot be registered here: that door is there to refuse, and says why.
        "operation-2xx-response": "off",
        // What is public refuses nothing.
        "operation-4xx-response": "off",
      },
    });
    const complaints = await lintFromString({ source: file, absoluteRef: "openapi.json", config });
    expect(
      complaints.map(({ ruleId, message, location }) => {
        return `${ruleId}: ${message} (${location[0]?.pointer ?? ""})`;
      }),
    ).toEqual([]);
  });

  it("has words for every parameter and field of a body, and an example for every body", () => {
    const { paths } = JSON.parse(file) as {
      paths: Record<string, Record<string, Operation>>;
    };
    const missing = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item).flatMap(([method, { parameters, requestBody }]) => {
        const json = requestBody?.content["application/json"];
        const hasExample = json === undefined || "example" in json;
        const kinds = json?.schema?.oneOf ?? (json?.schema === undefined ? [] : [json.schema]);
        const fields = kinds.flatMap(({ properties = {} }) => Object.entries(properties));
        return [
          ...fields
            .filter(([, field]) => (field.description ?? "") === "")
            .map(([name]) => `${method} ${path}: ${name} of the body`),
          ...(hasExample ? [] : [`${method} ${path}: an example`]),
          ...parameters
            .filter(({ description }) => description === "")
            .map(({ name }) => `${method} ${path}: ${name}`),
        ];
      }),
    );
    expect(missing).toEqual([]);
  });
});

describe("the scopes of the document", () => {
  it("are those of the table that decides, and every door that takes a key has one", async () => {
    const { paths } = JSON.parse(readFileSync("public/openapi.json", "utf8")) as {
      paths: Record<string, Record<string, Operation>>;
    };
    const told = Object.entries(paths).flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([, { security }]) => security === undefined)
        .map(([method, operation]) => {
          const route = path.replace("/v24.0", "/:version").replaceAll(/\{(\w+)\}/g, ":$1");
          return [`${method.toUpperCase()} ${route}`, operation] as const;
        }),
    );
    const { scopeRules } = await openApiSources();
    expect(told.map(([door]) => door).toSorted()).toEqual([...scopeRules.keys()].toSorted());
    for (const [door, operation] of told) {
      const { scope, wholePartner } = scopeRules.get(door) ?? {};
      expect({ door, scope: operation["x-scope"] }).toEqual({ door, scope });
      expect(operation.description).toContain(`Takes a key with the scope \`${scope}\``);
      expect(operation["x-whole-partner"] === true).toBe(wholePartner);
    }
  });
});

it("the Worker carries no descriptions: neither the document nor what makes it", async () => {
  const code = await bundle("src/index.ts");
  expect(code.includes("next_cursor")).toBe(true); // else this would look for nothing
  expect(code.includes("readSignupSession")).toBe(false);
  expect(code.includes("Give it as `cursor`")).toBe(false);
});

it("the reader of /docs is the file that is vendored", () => {
  const page = readFileSync("src/pages/docs/reader-page.tsx", "utf8");
  expect(page).toContain(`"/docs/${SCALAR_FILE}"`);
  const file = readFileSync(`public/docs/${SCALAR_FILE}`);
  expect(createHash("sha256").update(file).digest("hex")).toBe(SCALAR.sha256);
});

it("the example's types are those of the document (npm run types, in examples/typed-client)", () => {
  const sha256 = createHash("sha256").update(readFileSync("public/openapi.json")).digest("hex");
  const [head] = readFileSync("examples/typed-client/tandem.d.ts", "utf8").split("\n");
  expect(head).toContain(`sha256 ${sha256}`);
});
