// SPDX-License-Identifier: Apache-2.0

#pragma once

// Statement: one prepared SQLite statement. Binds by position, steps, reads columns; finalised when
// destroyed. Internal to api/runs/run_store.cc. Not thread-safe.

#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

#include "base/error.h"

namespace gobox::api {

class Statement {
 public:
  static Result<Statement> prepare(sqlite3* database, const char* sql);

  // From 1, in order of calling. The bytes must live until the statement is done.
  Statement& bind(std::string_view bytes);
  Statement& bind(std::int64_t number);

  // True: there is a row.
  Result<bool> step();
  // For statements that give no rows.
  Result<void> run();

  std::string text(int column) const;
  std::int64_t number(int column) const;

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { ::sqlite3_finalize(statement); }
  };

  explicit Statement(sqlite3_stmt* statement) : statement_(statement) {}

  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
  int bound_ = 0;
};

}  // namespace gobox::api
