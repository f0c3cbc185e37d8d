// A fenced box's cash sales, from the list of what it still sent: a person looks at them and takes over those that are right.

#include <algorithm>

#include "cloud/api/edge_routes.hpp"
#include "cloud/api/orders.hpp"
#include "shared/api/money_text.hpp"
#include "shared/api/time_text.hpp"

namespace wattle::api {
namespace {

constexpr http::ProblemKind receipt_unknown{404, "adoption.receipt_unknown", "No fenced box of this slot lists such a sale",
                                            "该位置已停用设备的清单中没有这笔现金销售"};
constexpr http::ProblemKind receipt_booked{409, "adoption.receipt_booked", "This sale is in the books already",
                                           "这笔销售已入账"};

struct Sale {
  Holder fenced;
  Uid receipt;
  RoomId room;
  std::uint32_t opening = 0;  // for which it was sold; 0: whoever is there when it is booked
  Money amount;
  Instant time;
};

/// What the entry sold for cash; none when it is another kind of entry.
std::optional<Sale> sale_of(Holder fenced, const Record& record) {
  const auto entry = decode_entry(record.bytes);
  if (!entry || entry->kind != Kind::cash || !entry->room || entry->lines.size() != 1) return std::nullopt;
  const auto cash = detail_of<Cash>(*entry);
  if (!cash || entry->lines.front().from.kind != PocketKind::drawer) return std::nullopt;
  return Sale{fenced, cash->receipt, *entry->room, cash->opening, entry->lines.front().amount, entry->time};
}

/// Of all fenced incarnations of the slot; a list may hold branches that the box itself set aside, so each receipt once.
std::vector<Sale> listed_sales(const Desk& desk, EdgeId slot) {
  std::vector<Sale> sales;
  std::set<Uid> seen;
  for (const auto& [holder, box] : desk.site().boxes()) {
    if (holder.edge != slot || !desk.site().link(holder)->row().fenced) continue;
    for (const auto& record : desk.store().listed({desk.site_id(), holder, Direction::up}))
      if (const auto sale = sale_of(holder, record); sale && seen.insert(sale->receipt).second) sales.push_back(*sale);
  }
  return sales;
}

std::string_view state_of(const Desk& desk, const Sale& sale) {
  const OutsideId id("receipt/" + to_hex(sale.receipt));
  if (desk.site().index().has(id)) return "booked";
  return desk.site().orders().contains(id) ? "waiting" : "open";
}

boost::json::value sales_json(const Desk& desk, EdgeId slot) {
  boost::json::array items;
  for (const auto& sale : listed_sales(desk, slot)) {
    auto item = holder_json(sale.fenced);
    item["receipt"] = to_hex(sale.receipt);
    item["room"] = sale.room.value;
    item["amount"] = money_text(sale.amount);
    item["time"] = time_text(sale.time);
    item["state"] = state_of(desk, sale);
    items.push_back(std::move(item));
  }
  return boost::json::object{{"items", std::move(items)}};
}

}  // namespace

void get_listed_sales(const Call& call, const http::Request& request) {
  const EdgeId slot{parse_number(request.param("slot")).value_or(0)};
  call.answer(200, [&desk = call.desk, slot] { return sales_json(desk, slot); });
}

/// Room, stay and amount are the list's, never the caller's.
void post_adoption(const Call& call, const http::Request& request) {
  JsonBody body(request.body);
  const auto receipt = body.root().text("receipt", {32, 32});
  read_reason(body);
  if (call.refuse_faults(body)) return;
  const auto& site = call.desk.site();
  const auto sales = listed_sales(call.desk, {parse_number(request.param("slot")).value_or(0)});
  const auto sale = std::find_if(sales.begin(), sales.end(), [&](const Sale& one) { return to_hex(one.receipt) == receipt; });
  if (sale == sales.end()) return call.refuse(receipt_unknown);
  cloud::CashAdoption adoption{sale->fenced, sale->receipt, sale->room, sale->opening, sale->amount};
  const auto known = site.orders().find(cloud::id_of(adoption));
  if (known != site.orders().end())
    adoption.opening = std::get<cloud::CashAdoption>(known->second).opening;
  else if (site.index().has(cloud::id_of(adoption)))
    return call.refuse(receipt_booked);
  else if (sale->opening == 0) {
    const auto last = known_opening(call, sale->room);
    if (!last) return;
    adoption.opening = *last;
  }
  give_order(call, adoption);
}

}  // namespace wattle::api
