#include "mesh/service.h"

#include "wire/record.pb.h"

namespace smeg::mesh {
namespace {

Result<Service> service_from(const wire::RecordService& in) {
  Service out;
  auto name = parse_service_name(in.name());
  if (!name) return fail(name.error());
  out.name = std::move(*name);
  if (in.port() == 0 || in.port() > 65'535)
    return fail(Code::invalid, "service '" + out.name + "' has the port " + std::to_string(in.port()));
  out.port = static_cast<std::uint16_t>(in.port());
  out.protocol = in.protocol() == wire::SERVICE_UDP ? ServiceProtocol::udp : ServiceProtocol::tcp;
  for (const std::string& each : in.texts()) {
    auto text = parse_service_text(each);
    if (!text) return fail(text.error().code, "service '" + out.name + "' has a text that " + text.error().message);
    out.texts.push_back(std::move(*text));
  }
  return out;
}

}  // namespace

Result<std::vector<Service>> services_from_wire(std::span<const wire::RecordService* const> in) {
  if (in.size() > limits::kServicesPerMember)
    return fail(Code::too_large, "there are " + std::to_string(in.size()) + " services");
  std::vector<Service> out;
  for (const wire::RecordService* each : in) {
    if (each->protocol() != wire::SERVICE_TCP && each->protocol() != wire::SERVICE_UDP) continue;
    auto service = service_from(*each);
    if (!service) return fail(service.error());
    out.push_back(std::move(*service));
  }
  if (auto good = check_services(out); !good) return fail(good.error());
  return out;
}

void to_wire(const Service& service, wire::RecordService& out) {
  out.set_name(service.name);
  out.set_protocol(service.protocol == ServiceProtocol::udp ? wire::SERVICE_UDP : wire::SERVICE_TCP);
  out.set_port(service.port);
  for (const std::string& text : service.texts) out.add_texts(text);
}

}  // namespace smeg::mesh
