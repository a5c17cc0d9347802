/** What a person has to do something about: shown as it is, without a stack. */
export class DeployError extends Error {}
