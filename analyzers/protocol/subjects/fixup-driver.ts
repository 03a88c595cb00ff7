/**
 * What enters feature-fixups.c, and what other parts of the kernel tell it, in our own words: the processor's features, the
 * tables that the linker puts together, the order of boot and of loading a module.
 *
 * Example: loading a module rewrites its places by the features of the processor, of the MMU and of the firmware, while
 * nobody can run it.
 */
import type { SourceText } from '../headers.ts';
import { driverNames } from '../recorder.ts';
import { mitigations, onceOnly } from './fixup-sections.ts';
import { laidText } from './laid.ts';

/** All tables that the linker puts together: their names behind `__start__`. */
export const tables: readonly string[] = [
  ...new Set([
    '_ftr_fixup',
    '_mmu_ftr_fixup',
    '_fw_ftr_fixup',
    ...[...mitigations, ...onceOnly].map(({ table }) => table),
  ]),
];

export const driver = driverNames(
  ...(['alternative', 'place', 'stretch', 'features', 'boot', 'over', 'flush', 'load', 'nospec', 'mmu'] as const),
);
/** Sets the nth setting of a section. */
export const settingDriver = (index: number) => `__drive_set_${index}`;

/** Those that no header of the tree declares which is read. */
const externs = ['mmu_ftr_fixup', 'fw_ftr_fixup', 'lwsync_fixup'].map(
  (table) => `extern unsigned int __start___${table}, __stop___${table};`,
);

/** Included last by every version of the unit. */
export const fixupHeaders: ReadonlyMap<string, SourceText> = new Map([
  [
    'asm/firmware.h',
    {
      file: 'our model of what feature-fixups.c includes',
      text: `#ifndef _ASM_POWERPC_FIRMWARE_H
#define _ASM_POWERPC_FIRMWARE_H
#include <asm/reg.h>
#include <asm/cputable.h>
extern unsigned long powerpc_firmware_features;
${externs.join('\n')}
#define PHYSICAL_START 0UL
#define KERNELBASE PAGE_OFFSET
extern char __end_interrupts[];
extern struct static_key_false interrupt_exit_not_reentrant;
enum __states { SYSTEM_BOOTING, SYSTEM_SCHEDULING, SYSTEM_FREEING_INITMEM, SYSTEM_RUNNING };
extern enum __states system_state;
int init_section_contains(void *address, size_t bytes);
static inline bool cpu_has_feature(unsigned long feature) { return (cur_cpu_spec->cpu_features & feature) != 0; }
static inline bool early_cpu_has_feature(unsigned long feature) { return cpu_has_feature(feature); }
static inline void mmu_feature_keys_init(void) { }
void jump_label_init(void);
#endif
`,
    },
  ],
]);

/**
 * @param calls what the settings of a section are set by
 * @param known are its places laid as they are here? Else the driver says so by a function
 */
export function driverText(calls: readonly string[], known: boolean): string {
  return `#include <asm/cputable.h>
#include <asm/setup.h>
#include <asm/security_features.h>
#include <asm/feature-fixups.h>
#include <asm/firmware.h>
struct static_key_false interrupt_exit_not_reentrant;
enum __states __weak system_state;
unsigned long powerpc_firmware_features;
static struct cpu_spec __spec;
struct cpu_spec *cur_cpu_spec = &__spec;
unsigned long add_reloc_offset(unsigned long address) { return address; }
void do_lwsync_fixups(unsigned long value, void *start, void *end);
void do_btb_flush_fixups(void);
/* MAKE_FTR_SECTION_ENTRY */
void ${driver.alternative}(unsigned long *entry, unsigned long mask, unsigned long value, unsigned long start, unsigned long end, unsigned long alt, unsigned long alt_end)
{
	unsigned long at = (unsigned long)entry;

	entry[0] = mask;
	entry[1] = value;
	entry[2] = start - at;
	entry[3] = end - at;
	entry[4] = alt - at;
	entry[5] = alt_end - at;
}
/* All other tables hold offsets from their own words. */
void ${driver.place}(unsigned long *entry, unsigned long place)
{
	*entry = place - (unsigned long)entry;
}
void ${driver.stretch}(unsigned long *entry, unsigned long start, unsigned long end)
{
	entry[0] = start - (unsigned long)entry;
	entry[1] = end - (unsigned long)entry;
}
void ${driver.features}(unsigned long cpu, unsigned long others)
{
	__spec.cpu_features = cpu;
	__spec.mmu_features = others;
	powerpc_firmware_features = others;
}
void ${driver.boot}(void)
{
	apply_feature_fixups();
}
void ${driver.over}(void)
{
	system_state = SYSTEM_RUNNING;
}
void ${driver.flush}(void)
{
#if defined(CONFIG_PPC_E500) || defined(CONFIG_PPC_FSL_BOOK3E)
	do_btb_flush_fixups();
#endif
}
void update_mmu_feature_fixups(unsigned long mask);
void ${driver.mmu}(unsigned long features, unsigned long mask)
{
	__spec.mmu_features = features;
	update_mmu_feature_fixups(mask);
}
void ${driver.nospec}(int on, void *start, void *end)
{
#ifdef CONFIG_PPC_BARRIER_NOSPEC
	do_barrier_nospec_fixups_range(on, start, end);
#endif
}
/* module_finalize() */
void ${driver.load}(void *ftr, void *ftr_end, void *mmu, void *mmu_end, void *fw, void *fw_end, void *lwsync, void *lwsync_end)
{
	do_feature_fixups(cur_cpu_spec->cpu_features, ftr, ftr_end);
	do_feature_fixups(cur_cpu_spec->mmu_features, mmu, mmu_end);
#ifdef CONFIG_PPC64
	do_feature_fixups(powerpc_firmware_features, fw, fw_end);
#endif
	do_lwsync_fixups(cur_cpu_spec->cpu_features, lwsync, lwsync_end);
}
${calls.map((text, index) => `void ${settingDriver(index)}(void)\n{\n\t${text};\n}`).join('\n')}
${laidText(known)}
`;
}
