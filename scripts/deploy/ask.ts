import { input, password, select } from "@inquirer/prompts";
import { DeployError } from "./deploy-error.ts";

export interface Question {
  /** Under this name the environment can answer instead of a person. */
  name: string;
  message: string;
  /** Taken where nobody says otherwise. */
  fallback?: string;
  /** Stands for an answer in a plan, which asks nobody. */
  example?: string;
  /** true, or what is wrong. */
  check?: (value: string) => true | string;
}

/** Where answers come from: a person at the terminal, or the environment alone. */
export interface Ask {
  text(question: Question): Promise<string>;
  /** Not shown while it is typed. */
  secret(question: Question): Promise<string>;
  choose(question: Question, choices: { name: string; value: string }[]): Promise<string>;
}

type Environment = Record<string, string | undefined>;

/** Asks at the terminal what the environment does not say. */
export function askPerson(environment: Environment): Ask {
  const known = (question: Question) => answerOf(environment, question);
  return {
    text: async (question) =>
      known(question) ??
      (await input({
        message: question.message,
        ...(question.fallback === undefined ? {} : { default: question.fallback }),
        ...(question.check === undefined ? {} : { validate: question.check }),
      })),
    secret: async (question) =>
      known(question) ??
      (await password({
        message: question.message,
        mask: "*",
        ...(question.check === undefined ? {} : { validate: question.check }),
      })),
    choose: async (question, choices) =>
      known(question) ?? (await select({ message: question.message, choices })),
  };
}

/** Asks nobody: for CI. @throws DeployError naming what the environment has to say */
export function askEnvironment(environment: Environment): Ask {
  const answer = async (question: Question): Promise<string> => {
    const value = answerOf(environment, question) ?? question.fallback;
    if (value !== undefined) return value;
    throw new DeployError(
      `Set ${question.name} in the environment: ${question.message.replace(/[.:]$/, "")}.`,
    );
  };
  return { text: answer, secret: answer, choose: answer };
}

/** Asks nobody and is content with examples: for a plan. */
export function askNobody(environment: Environment): Ask {
  const answer = async (question: Question): Promise<string> =>
    answerOf(environment, question) ?? question.fallback ?? question.example ?? "";
  return { text: answer, secret: answer, choose: answer };
}

function answerOf(environment: Environment, { name, check }: Question): string | undefined {
  const value = environment[name]?.trim();
  if (value === undefined || value === "") return undefined;
  const verdict = check?.(value) ?? true;
  if (verdict !== true) throw new DeployError(`${name} in the environment: ${verdict}`);
  return value;
}
