#include "cloud/api/operations.hpp"

#include "cloud/api/records.hpp"
#include "cloud/api/session_routes.hpp"
#include "shared/api/time_text.hpp"
#include "shared/base/bytes.hpp"

namespace wattle::api {
namespace {

using cloud::Operation;

constexpr std::size_t read_at_once = 1000;

std::string hash_of(const Crypto& crypto, const Operation& operation, std::string_view before) {
  Bytes bytes;
  Writer write(bytes);
  write.blob(view(before));
  auto put = [&](const cloud::Column& column, const auto& value) {
    if (column.name == "hash") return;
    if constexpr (std::is_same_v<std::decay_t<decltype(value)>, std::string>)
      write.blob(view(value));
    else
      write.u64(static_cast<std::uint64_t>(value));
  };
  auto copy = operation;
  columns(put, copy);
  return to_hex(crypto.hash(bytes).bytes);
}

boost::json::object operation_json(const Operation& operation) {
  auto out = record_json(operation);
  out["time"] = time_text({operation.time});
  return out;
}

}  // namespace

void append_operation(const Crypto& crypto, cloud::Registry& registry, Operation operation) {
  const auto newest = cloud::list<Operation>(registry, {}, 1, cloud::Sort::down);
  operation.number = newest.empty() ? 1 : newest.front().number + 1;
  operation.hash = hash_of(crypto, operation, newest.empty() ? "" : newest.front().hash);
  cloud::put(registry, operation);
}

std::optional<std::int64_t> broken_operation(const Crypto& crypto, const cloud::Registry& registry) {
  std::string before;
  std::int64_t expected = 1;
  std::vector<cloud::Value> behind;
  while (true) {
    const auto rows = registry.list(cloud::sheet<Operation>(), {}, behind, read_at_once, cloud::Sort::up);
    for (const auto& row : rows) {
      const auto operation = cloud::record_of<Operation>(row);
      if (operation.number != expected || operation.hash != hash_of(crypto, operation, before)) return expected;
      before = operation.hash;
      ++expected;
    }
    if (rows.size() < read_at_once) return std::nullopt;
    behind = {cloud::Value(expected - 1)};
  }
}

void get_operations(const Call& call, const http::Request& request) {
  const auto limit = page_limit(call, request);
  if (!limit) return;
  const auto after = query_number(request, "cursor");
  if (!after) return call.refuse(problems::bad_cursor);
  std::vector<cloud::Value> behind;
  if (*after != not_asked) behind.emplace_back(*after);
  answer_page<Operation>(call, {}, behind, *limit, cloud::Sort::down, operation_json);
}

}  // namespace wattle::api
