/** What a stage is told at run time, so that one build serves every stage. */
export interface Config {
  socketUrl: string;
  region: string;
  userPoolId: string;
  clientId: string;
  /** Only where Cognito is not AWS's own: the local engine. */
  cognitoEndpoint?: string;
}

export async function loadConfig(): Promise<Config> {
  const answer = await fetch('/config.json', { cache: 'no-cache' });
  if (!answer.ok) throw new Error(`config.json: ${answer.status}`);
  return (await answer.json()) as Config;
}
