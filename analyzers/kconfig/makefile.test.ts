/**
 * Makefiles of our own → what a variable comes to. null is unknown: nothing is run.
 */
import assert from 'node:assert/strict';
import test from 'node:test';
import { runMakefile } from './makefile.ts';

/** @param expected of variable X, with CONFIG_A=y and gcc 12 */
function check(text: string, expected: string | null) {
  test(text, () => {
    const variables = new Map([['CONFIG_A', 'y']]);
    const made = runMakefile(text, { variables, compiler: { kind: 'gcc', version: 120200 } });
    assert.equal(made.has('X') ? made.get('X') : 'not set', expected);
  });
}

check('X := a\nX += b', 'a b');
check('X = $(Y)\nY := later', 'later');
check('X := $(Y)\nY := later', '');
check('X := a\nX ?= b', 'a');
check('ifdef CONFIG_A\nX := a\nelse\nX := b\nendif', 'a');
check('ifndef CONFIG_A\nX := a\nelse\nX := b\nendif', 'b');
check('ifdef CONFIG_B\nX := a\nelse ifdef CONFIG_A\nX := b\nelse\nX := c\nendif', 'b');
check('ifdef CONFIG_A\nX := a\nelse ifdef CONFIG_A\nX := b\nelse\nX := c\nendif', 'a');
check('ifdef CONFIG_B\nX := a\nelse\nifdef CONFIG_A # only\nX := b\nendif\nendif', 'b');
check('ifeq ($(CONFIG_A)$(CONFIG_B),y)\nX := a\nendif', 'a');
check('ifneq ($(CONFIG_A),)\nX := a\nendif', 'a');
check('ifeq "$(CONFIG_A)" "y"\nX := a\nendif', 'a');
check('X := a\nifdef CONFIG_B\nX := b\nendif', 'a');
check('obj-$(CONFIG_A) += a.o\nobj-$(CONFIG_B) += b.o\nX := $(obj-y)', 'a.o');
check('X-y := a\nX := $(X-y) $(strip  b   c )', 'a b c');
check('X := $(filter-out b,a b c)', 'a c');
check('X := $(call cc-option,-mprofile-kernel)', '-mprofile-kernel');
check(
  'X := $(call cc-option,-mprofile-kernel -fpatchable-function-entry=2,-pg)',
  '-mprofile-kernel -fpatchable-function-entry=2',
);
check('ifeq ($(call cc-option-yn,-mprofile-kernel),y)\nX := a\nendif', 'a');
check('X := a $(call cc-ifversion, -lt, 0409, -mno-sched-epilog)', 'a ');
check('X := $(call cc-ifversion, -ge, 1200, b, c)', 'b');
check('X := a \\\n  b', 'a b');
check('all:\n\tX := a\nX += b', 'b');
check('\tX := a', 'a');
check('define d\nX := a\nendef', 'not set');
check('X := a # not b', 'a');
check('export X := a', 'a');

check('X := $(shell echo a)', null);
check('X := a\nX += $(shell echo b)', null);
check('X := $(call cc-option,-fsomething)', null);
check('ifeq ($(shell uname),Linux)\nX := a\nendif', null);
check('X := a\nifeq ($(shell uname),Linux)\nelse\nX := b\nendif', null);
check('ifdef CONFIG_A\nX := a\nelse ifeq ($(shell uname),Linux)\nX := b\nendif', 'a');
check('X = $(X)', null);
check('X := $(Y', null);
