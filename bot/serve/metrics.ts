/** What the daemon counts, as Prometheus reads it. Names and labels are an interface others build dashboards on. */
import { Counter, Gauge, Histogram, Registry } from 'prom-client';

export function newMetrics() {
  const registry = new Registry();
  const registers = [registry];
  const counter = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Counter({ name: `scenario_bot_${name}`, help, labelNames, registers });
  const gauge = <Label extends string>(name: string, help: string, labelNames: readonly Label[] = []) =>
    new Gauge({ name: `scenario_bot_${name}`, help, labelNames, registers });
  return {
    registry,
    mails: counter('mails_total', 'Mails taken in, by source and what they were', ['source', 'kind']),
    series: counter('series_total', 'Series analysed, by their answer', ['answer']),
    verdicts: counter('findings_total', 'Findings by the level that breaks', ['level']),
    patchVerdicts: counter('patch_verdicts_total', 'Patches judged, or found among those judged before', ['from']),
    replies: counter('replies_total', 'Replies by the state they came to', ['state']),
    checks: counter('patchwork_checks_total', 'Checks in patchwork by the state they came to', ['state']),
    capsHit: counter('caps_hit_total', 'Times a cap held a mail back', ['cap']),
    analysisSeconds: new Histogram({
      name: 'scenario_bot_analysis_seconds',
      help: 'Wall time of the analysis of a thread',
      buckets: [1, 3, 10, 30, 100, 300, 1000],
      registers,
    }),
    postingDelaySeconds: new Histogram({
      name: 'scenario_bot_posting_delay_seconds',
      help: 'From the decision to the mail that left',
      buckets: [60, 300, 900, 3600, 4 * 3600, 24 * 3600],
      registers,
    }),
    sourceUp: gauge('source_up', '1 where a source is connected and read to its end', ['source']),
    queue: gauge('queue_jobs', 'Jobs by kind and state, as of the last look', ['kind', 'state']),
    queueAgeSeconds: gauge('queue_age_seconds', 'How long the oldest thread that is due has waited'),
    parked: gauge('parked', 'Threads, replies and checks that wait for a person', ['what']),
  };
}
export type Metrics = ReturnType<typeof newMetrics>;
