// SPDX-License-Identifier: Apache-2.0

#include "api/runs/statement.h"

namespace gobox::api {
namespace {

Error failure_of(sqlite3* database, const char* step) {
  return Error::host(std::string("the store: ") + step + ": " + ::sqlite3_errmsg(database));
}

}  // namespace

Result<Statement> Statement::prepare(sqlite3* database, const char* sql) {
  sqlite3_stmt* statement = nullptr;
  if (::sqlite3_prepare_v2(database, sql, -1, &statement, nullptr) != SQLITE_OK) {
    return failure_of(database, sql);
  }
  return Statement(statement);
}

Statement& Statement::bind(std::string_view bytes) {
  // A null pointer would bind NULL.
  const char* data = bytes.data() == nullptr ? "" : bytes.data();
  ::sqlite3_bind_blob64(statement_.get(), ++bound_, data, bytes.size(), SQLITE_STATIC);
  return *this;
}

Statement& Statement::bind(std::int64_t number) {
  ::sqlite3_bind_int64(statement_.get(), ++bound_, number);
  return *this;
}

Result<bool> Statement::step() {
  const int status = ::sqlite3_step(statement_.get());
  if (status == SQLITE_ROW) return true;
  if (status == SQLITE_DONE) return false;
  return failure_of(::sqlite3_db_handle(statement_.get()), ::sqlite3_sql(statement_.get()));
}

Result<void> Statement::run() {
  TRY(step());
  return {};
}

std::string Statement::text(int column) const {
  const auto* bytes = static_cast<const char*>(::sqlite3_column_blob(statement_.get(), column));
  const int size = ::sqlite3_column_bytes(statement_.get(), column);
  return bytes == nullptr ? std::string() : std::string(bytes, static_cast<std::size_t>(size));
}

std::int64_t Statement::number(int column) const {
  return ::sqlite3_column_int64(statement_.get(), column);
}

}  // namespace gobox::api
