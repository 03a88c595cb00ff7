/** The other end of remote.ts: one client in a thread of its own, for a reader that waits for each answer. */
import { runAsWorker } from 'synckit';
import type { Answer, GithubOptions, Question } from './answers.ts';
import { GithubClient } from './client.ts';

const clients = new Map<string, GithubClient>();

runAsWorker(async (options: GithubOptions, question: Question): Promise<Answer> => {
  const key = JSON.stringify(options);
  const client = clients.get(key) ?? new GithubClient(options);
  clients.set(key, client);
  return client.ask(question);
});
