// SPDX-License-Identifier: Apache-2.0

#pragma once

// Verbs: the forms of sandbox-run, each with its line of usage and what it does; and how the first
// word of a command line leads to one of them. No state.

#include <span>
#include <string>
#include <vector>

#include "run/command.h"

namespace gobox::run {

struct Verb {
  const char* name;   // "" for the form without one
  const char* usage;  // behind "sandbox-run "
  const char* summary;
  int (*run)(const Words& rest);
  bool own_help = false;  // it answers --help itself, with its flags
};

std::span<const Verb> verbs();

// All of them, a line each.
std::string usage_text();

// Null: `name` is no verb.
const Verb* find_verb(const std::string& name);

// The verb that `word` may be a slip of; "" where none is near.
std::string verb_like(const std::string& word);

// Does what the verb does, or says how it is used.
int run_verb(const Verb& verb, const Words& rest);

}  // namespace gobox::run
