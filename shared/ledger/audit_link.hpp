#pragma once
// One link: its two streams in the order that `seen` gives, and what each kind of entry asks for.

#include "shared/ledger/audit_rooms.hpp"

namespace wattle::auditing {

/// What requests were asked in the whole site; each has one answer, in whichever link.
class Requests {
 public:
  explicit Requests(Findings& findings) : findings_(&findings) {}
  void answered(const Uid& id, const Entry& answer);
  bool is_answered(const Uid& id) const { return answered_.contains(id); }

 private:
  Findings* findings_;
  std::set<Uid> answered_;
};

class LinkAudit {
 public:
  LinkAudit(LinkBook& link, Books& books, Rooms& rooms, Requests& requests, const Crypto& crypto, Findings& findings);
  void run();

 private:
  void read_down_to(const Head& seen, const Place& by);
  void on_down(const Entry& entry);
  void on_up(const Entry& entry);
  void check_after(const Entry& entry);
  void issue(const Entry& entry);
  void redeem(const Entry& entry);
  void close_request(const Entry& entry);
  void answer(const Entry& entry);
  void close(const Entry& entry);
  void correct(const Entry& entry);
  void charge_again(const Entry& entry, const Entry& corrected, const Line& line);
  std::optional<Entry> asked(const Entry& answer);

  LinkBook* link_;
  Books* books_;
  Rooms* rooms_;
  Requests* requests_;
  Findings* findings_;
  Walk up_;
  Walk down_;
};

/// The site's own stream; it comes after all links.
class SiteAudit {
 public:
  SiteAudit(std::map<Holder, LinkBook>& links, Books& books, Rooms& rooms, Requests& requests, Findings& findings)
      : links_(&links), books_(&books), rooms_(&rooms), requests_(&requests), findings_(&findings) {}
  void run(Walk& walk);

 private:
  void close_for(const Entry& entry);
  void forward(const Entry& entry);
  void code_after_fence(const Entry& entry);
  LinkBook* link_of(Holder holder);

  std::map<Holder, LinkBook>* links_;
  Books* books_;
  Rooms* rooms_;
  Requests* requests_;
  Findings* findings_;
};

}  // namespace wattle::auditing
