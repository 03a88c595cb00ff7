/**
 * Primitives that reach other CPUs, or wait for them: IPIs, grace periods, stop_machine(), locks, barriers. The one idea:
 * what a handler does on another CPU is run here, and told as the effects of the step that sent it there.
 *
 * Example: `smp_call_function(do_isync, NULL, 1)` becomes an ipi step to the others that waits, whose effects are the
 * steps of do_isync().
 */
import { number } from '../source/interpreter.ts';
import { types, type Value } from '../source/value.ts';
import type { GracePeriod, Step } from './protocol.ts';
import type { Recorder } from './recorder.ts';
import { int, type Row, scalar } from './services.ts';

export function interrupts(recorder: Recorder, nameOf: (address: bigint) => string | null): Row[] {
  const ipi = (name: string, targets: 'others' | 'all' | 'some', first: number, waits?: true): Row => [
    name,
    (args, context) => {
      const [handler, info, wait] = [args[first], args[first + 1], args[first + 2]];
      const address = scalar(handler);
      const named = (address === null ? null : nameOf(address)) ?? 'an unknown function';
      const waiting = waits ?? scalar(wait) !== 0n;
      const make = (effects: readonly Step[]) =>
        ({ kind: 'ipi', handler: named, targets, wait: waiting, effects }) as const;
      recorder.nest(make, context.stack, () => {
        if (handler !== undefined) context.call(handler, info === undefined ? [] : [info]);
      });
      return int(0);
    },
  ];
  return [
    ipi('smp_call_function', 'others', 0),
    ipi('smp_call_function_many', 'others', 1),
    ipi('smp_call_function_single', 'some', 1),
    ipi('smp_call_function_any', 'some', 1),
    ipi('on_each_cpu', 'all', 0),
    ipi('on_each_cpu_mask', 'all', 1),
    ipi('on_each_cpu_cond', 'all', 1),
    [
      'kick_all_cpus_sync',
      (_args, context) => {
        recorder.add({ kind: 'ipi', handler: 'do_nothing', targets: 'others', wait: true, effects: [] }, context.stack);
        return undefined;
      },
    ],
  ];
}

/** Grace periods by the flavour that FACTS section 7 tells apart; the expedited ones promise the same. */
const gracePeriods: Readonly<Record<string, GracePeriod>> = {
  synchronize_rcu: 'rcu',
  synchronize_rcu_expedited: 'rcu',
  synchronize_rcu_normal: 'rcu',
  synchronize_net: 'rcu',
  synchronize_sched: 'sched',
  synchronize_sched_expedited: 'sched',
  synchronize_rcu_tasks: 'tasks',
  synchronize_rcu_tasks_rude: 'tasks-rude',
  synchronize_rcu_tasks_trace: 'tasks-trace',
};

export function waiting(recorder: Recorder, nameOf: (address: bigint) => string | null): Row[] {
  const rows: Row[] = Object.entries(gracePeriods).map(([name, flavour]) => [
    name,
    (_args, context) => {
      recorder.add({ kind: 'gracePeriod', flavour }, context.stack);
      return undefined;
    },
  ]);
  const stop = (name: string): Row => [
    name,
    ([handler, data], context) => {
      const address = scalar(handler);
      const named = (address === null ? null : nameOf(address)) ?? 'an unknown function';
      const before = recorder.irqsOff;
      let result: Value = int(0);
      recorder.nest(
        (effects) => ({ kind: 'stopMachine', handler: named, effects }),
        context.stack,
        () => {
          recorder.irqsOff = true;
          if (handler !== undefined) result = context.call(handler, data === undefined ? [] : [data]);
        },
      );
      recorder.irqsOff = before;
      return result;
    },
  ];
  const locks = (name: string, kind: 'lock' | 'unlock'): Row => [
    name,
    ([lock], context) => {
      const address = scalar(lock);
      const region = address === null ? null : context.memory.regionOf(address);
      recorder.add({ kind, name: region?.name ?? 'a lock' }, context.stack);
      return int(name.includes('trylock') ? 1 : 0);
    },
  ];
  return [
    ...rows,
    [
      // Of drivers of ours: from here on the text may be used for something else.
      '__freed_text',
      ([from], context) => {
        const address = scalar(from);
        if (address !== null) recorder.add({ kind: 'free', what: 'text', address }, context.stack);
        return undefined;
      },
    ],
    [
      // Every CPU runs a work item: what synchronize_rcu_tasks_rude() is made of.
      'schedule_on_each_cpu',
      ([handler], context) => {
        recorder.add({ kind: 'gracePeriod', flavour: 'tasks-rude' }, context.stack);
        if (handler !== undefined) context.call(handler, [number(0, types.int)]);
        return int(0);
      },
    ],
    stop('stop_machine'),
    stop('stop_machine_cpuslocked'),
    ...[
      'mutex_lock',
      'mutex_lock_nested',
      'mutex_lock_interruptible',
      'mutex_trylock',
      'spin_lock',
      'raw_spin_lock',
      'down_write',
      'down_read',
    ].map((name) => locks(name, 'lock')),
    ...['mutex_unlock', 'spin_unlock', 'raw_spin_unlock', 'up_write', 'up_read'].map((name) => locks(name, 'unlock')),
    ...['cond_resched', 'schedule', 'msleep'].map(
      (name): Row => [
        name,
        (_args, context) => {
          recorder.add({ kind: 'resched' }, context.stack);
          return int(0);
        },
      ],
    ),
    [
      '__barrier',
      ([which], context) => {
        const op = (['mb', 'wmb', 'rmb'] as const)[Number(scalar(which) ?? 0n)] ?? 'mb';
        recorder.add({ kind: 'barrier', op }, context.stack);
        return undefined;
      },
    ],
  ];
}
