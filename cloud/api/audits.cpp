// The books, worked out again beside the cloud that runs: a job, since a large site takes its time.

#include "cloud/api/site_routes.hpp"
#include "shared/api/time_text.hpp"

namespace wattle::api {
namespace {

boost::json::object job_json(const AuditJob& job) {
  boost::json::object out = {{"audit", job.number}, {"started", time_text(job.started)}};
  out["state"] = job.outcome.empty() ? (job.failure.empty() ? "running" : "failed") : "done";
  if (!job.failure.empty()) out["failure"] = job.failure;
  boost::system::error_code never;
  if (!job.outcome.empty()) out["report"] = boost::json::parse(job.outcome, never);
  return out;
}

}  // namespace

void post_audit(const Call& call, const http::Request& request) {
  const auto number = call.desk.start_audit(request.received.wall);
  if (!number) return call.hold_back(problems::audit_running, seconds(5));
  call.answer(202, [&desk = call.desk, number = *number] { return job_json(*desk.audit_job(number)); },
              {{"Location", "/api/v1/audits/" + std::to_string(*number)}});
}

void get_audit(const Call& call, const http::Request& request) {
  const auto number = parse_number(request.param("audit"));
  const auto* job = number ? call.desk.audit_job(*number) : nullptr;
  if (job == nullptr) return call.refuse(problems::audit_unknown);
  call.answer(200, [job = *job] { return job_json(job); });
}

}  // namespace wattle::api
