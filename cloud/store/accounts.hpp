#pragma once
// The registry's people: who lives where, who may log in, which sessions there are, and what each has done.

#include "cloud/store/records.hpp"

namespace wattle::cloud {

/// A student, a tenant, one of the staff. What names him outside is sealed, and found again by its mark only.
struct Person {
  std::int64_t person = 0;
  std::string name;
  std::string kind;
  std::string sealed_id;  // the student id, shared/crypto/private_text.hpp
  std::string id_mark;    // its keyed hash; empty: he has none
  std::int64_t version = 0;
};
template <class F>
void columns(F& f, Person& v) {
  f({"person", 1, id_max, Show::key}, v.person), f({"name", 1, name_max}, v.name), f({"kind", 1, 16}, v.kind);
  f({"sealed_id", 0, 0, Show::hidden}, v.sealed_id), f({"id_mark", 0, 0, Show::hidden}, v.id_mark),
      f(version_column, v.version);
}

/// He lives there since then; until: 0 while he does. What has been stays.
struct Stay {
  std::int64_t room = 0;
  std::int64_t person = 0;
  std::int64_t since = 0;  // UTC microseconds
  std::int64_t until = 0;
};
template <class F>
void columns(F& f, Stay& v) {
  f({"room", 1, id_max, Show::key}, v.room), f({"person", 1, id_max}, v.person), f({"since", 0, 0, Show::told}, v.since);
  f({"until", 0, 0, Show::told}, v.until);
}

struct User {
  std::string user;  // the name that he logs in with
  std::string role;
  std::int64_t person = 0;  // of a student; else 0
  bool disabled = false;
  std::string password;  // shared/crypto/password.hpp; empty: none yet, so that nobody can log in
  std::int64_t version = 0;
};
template <class F>
void columns(F& f, User& v) {
  f({"user", 1, 32, Show::key}, v.user), f({"role", 1, 16}, v.role), f({"person", 0, id_max}, v.person);
  f({"disabled"}, v.disabled), f({"password", 0, 0, Show::hidden}, v.password), f(version_column, v.version);
}

/// Digests in hexadecimal: who reads the database can log in with none of them.
struct Session {
  std::string session;
  std::string user;
  std::string access;
  std::int64_t access_until = 0;  // UTC microseconds
  std::string refresh;            // of the one refresh token that is good now
  std::int64_t refresh_until = 0;
  std::int64_t started = 0;
  std::string address;
};
template <class F>
void columns(F& f, Session& v) {
  f({"session"}, v.session), f({"user"}, v.user), f({"access"}, v.access), f({"access_until"}, v.access_until);
  f({"refresh"}, v.refresh), f({"refresh_until"}, v.refresh_until), f({"started"}, v.started), f({"address"}, v.address);
}

/// A call that was to change something. Each hash covers the one before, so that none can be taken out or changed unseen.
struct Operation {
  std::int64_t number = 0;
  std::int64_t time = 0;  // UTC microseconds
  std::string who;
  std::string role;
  std::string address;
  std::string method;
  std::string path;
  std::int64_t status = 0;
  std::string made;  // where the answer says that what was made is told of
  std::string reason;
  std::string hash;
};
template <class F>
void columns(F& f, Operation& v) {
  f({"number"}, v.number), f({"time", 0, 0, Show::hidden}, v.time), f({"who"}, v.who), f({"role"}, v.role);
  f({"address"}, v.address), f({"method"}, v.method), f({"path"}, v.path), f({"status"}, v.status), f({"made"}, v.made);
  f({"reason"}, v.reason), f({"hash"}, v.hash);
}

template <>
struct SheetName<Person> {
  static constexpr std::string_view name = "people";
};
template <>
struct SheetName<Stay> {
  static constexpr std::string_view name = "stays";
};
template <>
struct SheetName<User> {
  static constexpr std::string_view name = "users";
};
template <>
struct SheetName<Session> {
  static constexpr std::string_view name = "sessions";
};
template <>
struct SheetName<Operation> {
  static constexpr std::string_view name = "operations";
};
template <>
inline constexpr std::size_t key_columns<Stay> = 3;

}  // namespace wattle::cloud
