#include "cloud/api/site_routes.hpp"
#include "shared/api/time_text.hpp"

namespace wattle::api {
namespace {

boost::json::object backup_json(const BackupFile& backup) {
  return {{"name", backup.name}, {"made", time_text(backup.made)}, {"bytes", backup.bytes}};
}

}  // namespace

void post_backup(const Call& call, const http::Request& request) {
  JsonBody body(request.body.empty() ? std::string_view("{}") : std::string_view(request.body));
  body.root();
  if (call.refuse_faults(body)) return;
  call.desk.make_backup([call](Result<BackupFile> made) {
    if (!made) return call.refuse(problems::backup_failed, made.error().message());
    call.answer(201, [made = *made] { return backup_json(made); });
  });
}

void get_backups(const Call& call, const http::Request&) {
  boost::json::array items;
  for (const auto& backup : call.desk.backups()) items.push_back(backup_json(backup));
  call.answer(200, [items] { return boost::json::object{{"items", items}}; });
}

}  // namespace wattle::api
