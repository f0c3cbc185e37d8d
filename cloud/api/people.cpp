// Who lives in the rooms. A student id stands sealed in the registry, is told whole to an admin who asks for the one person,
// and masked in every list.

#include <algorithm>

#include "cloud/api/records.hpp"
#include "cloud/api/session_routes.hpp"
#include "cloud/store/accounts.hpp"
#include "shared/crypto/private_text.hpp"

namespace wattle::api {
namespace {

using cloud::Person;

constexpr std::size_t student_id_max = 32;
constexpr std::size_t shown_first = 2;  // of a masked id
constexpr std::size_t shown_last = 2;

std::string sealing_place(std::int64_t person) { return "student id of person " + std::to_string(person); }

std::string mark_of(const Call& call, std::string_view student_id) {
  const auto key = call.desk.privacy_key();
  return to_hex(call.crypto.mac(key, view("student id " + std::string(student_id))).bytes);
}

std::string masked(std::string_view id) {
  if (id.size() <= shown_first + shown_last) return std::string(id.size(), '*');
  return std::string(id.substr(0, shown_first)) + std::string(id.size() - shown_first - shown_last, '*') +
         std::string(id.substr(id.size() - shown_last));
}

boost::json::object person_json(const Desk& desk, const Person& person, bool whole) {
  auto out = record_json(person);
  const auto id = person.sealed_id.empty() ? std::optional<std::string>("")
                                           : open_text(desk.privacy_key(), sealing_place(person.person), person.sealed_id);
  if (id && !id->empty()) out["student_id"] = whole ? *id : masked(*id);
  return out;
}

void answer_person(const Call& call, unsigned status, const Person& person) {
  const bool whole = call.caller.role >= Role::admin;
  call.answer(status, [&desk = call.desk, person, whole] { return person_json(desk, person, whole); },
              {{"ETag", etag_text(person.version)}, {"Cache-Control", "no-store"}});
}

/// What the body says of him; false when the caller has been told what is wrong. An id of which it says nothing stays, since
/// nothing could bring it back. A new one may turn out to be there already.
bool read_person(const Call& call, const http::Request& request, Person& person) {
  JsonBody body(request.body);
  auto root = body.root();
  read_record(root, person);
  const bool has_id = root.has("student_id");
  const auto id = root.text("student_id", {0, student_id_max}, "");
  if (id.find('*') != std::string::npos) root.fault("student_id", JsonErrc::out_of_range);  // masked, as lists show it
  if (!person.kind.empty() && person.kind != "student" && person.kind != "tenant" && person.kind != "staff")
    root.fault("kind", JsonErrc::out_of_range);
  if (call.refuse_faults(body)) return false;
  const auto mark = id.empty() ? std::string() : mark_of(call, id);
  if (!has_id || mark == person.id_mark) return true;
  person.sealed_id.clear();
  person.id_mark = mark;
  if (id.empty()) return true;
  for (const auto& other : cloud::list<Person>(call.desk.registry(), {{"id_mark", person.id_mark}}, 2)) {
    if (other.person == person.person) continue;
    const bool is_he = person.version == 0 && other.name == person.name && other.kind == person.kind;
    if (!is_he) return call.refuse(problems::student_id_taken), false;
    person = other;
    return true;
  }
  PrivateNonce nonce{};
  for (auto& byte : nonce) byte = static_cast<std::uint8_t>(call.desk.entropy().word());
  person.sealed_id = seal_text(call.desk.privacy_key(), nonce, sealing_place(person.person), id);
  return true;
}

}  // namespace

void get_people(const Call& call, const http::Request& request) {
  const auto limit = page_limit(call, request);
  if (!limit) return;
  const auto after = query_number(request, "cursor");
  if (!after) return call.refuse(problems::bad_cursor);
  std::vector<cloud::Value> behind;
  if (*after != not_asked) behind.emplace_back(*after);
  answer_page<Person>(call, {}, behind, *limit, cloud::Sort::up,
                      [&desk = call.desk](const Person& person) { return person_json(desk, person, false); });
}

void post_person(const Call& call, const http::Request& request) {
  auto& registry = call.desk.registry();
  Person person;
  // Above those too who are gone and whose stays remain: nobody inherits another's past.
  person.person =
      std::max(registry.greatest(cloud::sheet<Person>(), "person"), registry.greatest(cloud::sheet<cloud::Stay>(), "person")) +
      1;
  if (!read_person(call, request, person)) return;
  if (person.version != 0) return answer_person(call, 200, person);  // the same again
  person.version = next_version(request, 0);
  cloud::put(registry, person);
  answer_person(call, 201, person);
}

void get_person(const Call& call, const http::Request& request) {
  if (const auto person = named_record<Person>(call, request)) answer_person(call, 200, *person);
}

void put_person(const Call& call, const http::Request& request) {
  auto person = named_record<Person>(call, request);
  if (!person) return;
  const auto known = *person;
  if (!read_person(call, request, *person)) return;
  if (cloud::row_of(*person) == cloud::row_of(known)) return answer_person(call, 200, known);  // the same again
  if (!may_edit(call, request, known.version)) return;
  person->version = next_version(request, person->version);
  cloud::put(call.desk.registry(), *person);
  answer_person(call, 200, *person);
}

/// His name and his id go; where he lived stays as a number that names nobody.
void delete_person(const Call& call, const http::Request& request) {
  const auto person = named_record<Person>(call, request);
  if (!person) return;
  auto& registry = call.desk.registry();
  const bool lives = !cloud::list<cloud::Stay>(registry, {{"person", person->person}, {"until", std::int64_t{0}}}, 1).empty();
  const bool logs_in = !cloud::list<cloud::User>(registry, {{"person", person->person}}, 1).empty();
  if (lives || logs_in) return call.refuse(problems::record_in_use);
  if (!may_edit(call, request, person->version)) return;
  const cloud::Value key = person->person;
  registry.erase(cloud::sheet<Person>(), {&key, 1});
  answer_person(call, 200, *person);
}

}  // namespace wattle::api
