/** A figure of a family, by what tells it apart. */
export interface Sample {
  labels?: Record<string, string>;
  value: number;
}

export interface Family {
  /** Without the prefix. */
  name: string;
  help: string;
  samples: Sample[];
}

/**
 * Gauges in Prometheus' text format 0.0.4. A family without samples is left out: what is not known
 * must not read as 0.
 */
export function writeGauges(prefix: string, families: readonly Family[]): string {
  return families
    .filter(({ samples }) => samples.length > 0)
    .map(({ name, help, samples }) => {
      const full = `${prefix}_${name}`;
      const lines = samples.map(({ labels = {}, value }) => {
        const pairs = Object.entries(labels).map(([label, text]) => `${label}="${escape(text)}"`);
        return `${full}${pairs.length === 0 ? "" : `{${pairs.join(",")}}`} ${value}`;
      });
      return [`# HELP ${full} ${escapeHelp(help)}`, `# TYPE ${full} gauge`, ...lines, ""].join(
        "\n",
      );
    })
    .join("");
}

function escape(text: string): string {
  return escapeHelp(text).replaceAll('"', '\\"');
}

function escapeHelp(text: string): string {
  return text.replaceAll("\\", "\\\\").replaceAll("\n", "\\n");
}
