#include "netlink/nftables.h"

#include <nftables/libnftables.h>

#include <cerrno>
#include <cstring>

namespace smeg::netlink {
namespace {

struct Meaning {
  int error_number;
  Code code;
  const char* hint;
};
constexpr Meaning kMeanings[] = {
    {ENOENT, Code::not_found, ""},
    {EPERM, Code::forbidden, "run as root, or give the program the capability CAP_NET_ADMIN"},
    {EOPNOTSUPP, Code::unsupported, "the kernel needs nftables: its module nf_tables and those that begin with nft_"},
    {EPROTONOSUPPORT, Code::unsupported, "the kernel needs nftables: its module nf_tables"},
};

// The library says what went wrong in words alone; the first of them are the system's own for the error.
Error to_error(std::string text, const std::string& what) {
  text = text.substr(0, text.find('\n'));
  Error error{Code::io, "cannot " + what + ": " + text, ""};
  for (const Meaning& meaning : kMeanings) {
    if (text.find(std::strerror(meaning.error_number)) == std::string::npos) continue;
    error.code = meaning.code;
    error.hint = meaning.hint;
  }
  return error;
}

}  // namespace

void Nftables::Free::operator()(nft_ctx* context) const { nft_ctx_free(context); }

Result<std::string> Nftables::run(const std::string& commands, const std::string& what) {
  if (!context_) {
    context_.reset(nft_ctx_new(NFT_CTX_DEFAULT));
    if (!context_) return fail(Code::io, "cannot " + what + ": libnftables doesn't start");
    nft_ctx_buffer_output(context_.get());
    nft_ctx_buffer_error(context_.get());
  }
  const int done = nft_run_cmd_from_buffer(context_.get(), commands.c_str());
  std::string output = nft_ctx_get_output_buffer(context_.get());
  if (done != 0) return fail(to_error(nft_ctx_get_error_buffer(context_.get()), what));
  return output;
}

}  // namespace smeg::netlink
