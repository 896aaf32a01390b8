#include "base/service.h"

#include <algorithm>

#include "base/limits.h"
#include "base/text.h"

namespace smeg {
namespace {

bool is_letter(char c) { return c >= 'a' && c <= 'z'; }
bool is_name_character(char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '-'; }
char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c; }

bool same_key(std::string_view one, std::string_view other) {
  return std::ranges::equal(one.substr(0, one.find('=')), other.substr(0, other.find('=')), {}, lower, lower);
}

std::string called(const Service& service) {
  return "service '" + service.name + "' (" + std::string(name(service.protocol)) + ")";
}

Result<void> check_texts(const Service& service, std::size_t& bytes) {
  if (service.texts.size() > limits::kServiceTexts)
    return fail(Code::too_large,
                called(service) + " has more than " + std::to_string(limits::kServiceTexts) + " texts");
  for (auto text = service.texts.begin(); text != service.texts.end(); ++text) {
    bytes += text->size();
    if (std::any_of(service.texts.begin(), text, [&](const auto& other) { return same_key(*text, other); }))
      return fail(Code::invalid,
                  called(service) + " has two texts of the key '" + text->substr(0, text->find('=')) + "'");
  }
  return {};
}

}  // namespace

std::string_view name(ServiceProtocol protocol) {
  switch (protocol) {
    case ServiceProtocol::tcp: return "tcp";
    case ServiceProtocol::udp: return "udp";
  }
  return "tcp";
}

Result<ServiceProtocol> parse_service_protocol(std::string_view text) {
  if (text == "tcp") return ServiceProtocol::tcp;
  if (text == "udp") return ServiceProtocol::udp;
  return fail(Code::malformed, "'" + std::string(text.substr(0, 16)) + "' is not a protocol", "it is 'tcp' or 'udp'");
}

Result<std::string> parse_service_name(std::string_view text) {
  const bool fits = !text.empty() && text.size() <= limits::kServiceNameBytes &&
                    std::ranges::all_of(text, is_name_character) && std::ranges::any_of(text, is_letter) &&
                    text.front() != '-' && text.back() != '-' && text.find("--") == std::string_view::npos;
  if (fits) return std::string(text);
  return fail(Code::invalid, "'" + std::string(text.substr(0, limits::kAliasBytes)) + "' is not a service's name",
              "use 1 to 15 of the letters a-z, digits and single '-', a letter among them: http, ssh, my-app");
}

Result<std::string> parse_service_text(std::string_view text) {
  if (text.size() > limits::kServiceTextBytes)
    return fail(Code::too_large, "is longer than " + std::to_string(limits::kServiceTextBytes) + " bytes");
  const std::size_t key = text.find('=');
  const bool named = key != std::string_view::npos && key != 0 &&
                     std::ranges::all_of(text.substr(0, key), [](char c) { return c >= 0x20 && c < 0x7f; });
  if (!named) return fail(Code::malformed, "is not KEY=VALUE", "write it as in path=/status");
  if (!is_plain_text(text)) return fail(Code::invalid, "has characters that are not text");
  return std::string(text);
}

Result<void> check_services(std::span<const Service> services) {
  if (services.size() > limits::kServicesPerMember)
    return fail(Code::too_large,
                "a host announces at most " + std::to_string(limits::kServicesPerMember) + " services in a mesh");
  std::size_t bytes = 0;
  for (auto service = services.begin(); service != services.end(); ++service) {
    const bool twice = std::any_of(services.begin(), service, [&](const Service& other) {
      return other.name == service->name && other.protocol == service->protocol;
    });
    if (twice) return fail(Code::exists, "there are two of " + called(*service));
    if (auto ok = check_texts(*service, bytes); !ok) return ok;
  }
  if (bytes > limits::kServicesTextBytes)
    return fail(Code::too_large,
                "the texts of all services have more than " + std::to_string(limits::kServicesTextBytes) + " bytes");
  return {};
}

}  // namespace smeg
