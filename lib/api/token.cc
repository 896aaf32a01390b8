#include "api/token.h"

#include <algorithm>
#include <array>

#include "api/limits.h"

namespace smeg::api {
namespace {

constexpr std::string_view kPrefix = "smegapi_";  // so that scanners for secrets that leaked know it
constexpr std::string_view kHashDomain = "smegmesh api token";
constexpr std::string_view kHead =
    "# Tokens of smeg-api: NAME SCOPE CREATED HASH. `smegctl token` writes this file; the tokens themselves are "
    "nowhere.\n";
constexpr std::array kScopes = {Scope::read, Scope::operate, Scope::admin};

std::vector<std::string_view> words_of(std::string_view line) {
  std::vector<std::string_view> words;
  while (true) {
    const auto begin = line.find_first_not_of(" \t\r");
    if (begin == std::string_view::npos) return words;
    line.remove_prefix(begin);
    const auto end = std::min(line.find_first_of(" \t\r"), line.size());
    words.push_back(line.substr(0, end));
    line.remove_prefix(end);
  }
}

Result<Token> parse_line(std::span<const std::string_view> words) {
  if (words.size() != 4) return fail(Code::malformed, "it has not four words: NAME SCOPE CREATED HASH");
  auto name = parse_label(words[0], "a token's name");
  if (!name) return fail(name.error());
  const auto scope = parse_scope(words[1]);
  if (!scope) return fail(scope.error());
  const auto created = parse_rfc3339(words[2]);
  if (!created) return fail(created.error());
  const auto hash = crypto::from_base32(words[3]);
  Token token{*std::move(name), *scope, *created};
  if (!hash || hash->size() != token.hash.size()) return fail(Code::malformed, "the hash is not 52 letters and digits");
  std::ranges::copy(*hash, token.hash.begin());
  return token;
}

}  // namespace

std::string_view name(Scope scope) {
  switch (scope) {
    case Scope::read: return "read";
    case Scope::operate: return "operate";
    case Scope::admin: return "admin";
  }
  return "read";
}

Result<Scope> parse_scope(std::string_view text) {
  for (const Scope scope : kScopes)
    if (name(scope) == text) return scope;
  return fail(Code::malformed, "there is no scope '" + std::string(text.substr(0, 64)) + "'",
              "a scope is read, operate or admin");
}

control::SecretText new_token_text(KeySource& secrets) {
  auto bytes = secrets.bytes<32>();
  control::SecretText text(std::string(kPrefix) + crypto::to_base32(bytes));
  crypto::wipe(bytes);
  return text;
}

ByteArray<32> hash_of_token(std::string_view text) { return crypto::hash<32>(kHashDomain, {as_bytes(text)}); }

Result<Tokens> Tokens::from_file(const Result<Bytes>& contents, const std::string& path) {
  if (!contents && contents.error().code == Code::not_found) return Tokens();
  if (!contents) return fail(contents.error());
  auto tokens = parse(as_text(*contents));
  if (!tokens) return fail(tokens.error().code, path + ": " + tokens.error().message, tokens.error().hint);
  return tokens;
}

Result<Tokens> Tokens::parse(std::string_view text) {
  Tokens out;
  if (text.size() > limits::kApiTokenFileBytes) return fail(Code::too_large, "the file of tokens is too large");
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    const auto words = words_of(line.substr(0, line.find('#')));
    if (words.empty()) continue;
    auto token = parse_line(words);
    const auto added = token ? out.add(*std::move(token)) : Result<void>(fail(token.error()));
    if (!added)
      return fail(added.error().code, "line " + std::to_string(number) + ": " + added.error().message,
                  added.error().hint);
  }
  return out;
}

std::string Tokens::to_text() const {
  std::string out(kHead);
  for (const Token& token : tokens_)
    out.append(token.name + ' ')
        .append(name(token.scope))
        .append(' ' + to_rfc3339(token.created) + ' ' + crypto::to_base32(token.hash) + '\n');
  return out;
}

Result<void> Tokens::add(Token token) {
  if (std::ranges::find(tokens_, token.name, &Token::name) != tokens_.end())
    return fail(Code::exists, "there is a token '" + token.name + "' already",
                "choose another name, or revoke that one with `smegctl token revoke " + token.name + "`");
  if (tokens_.size() >= limits::kApiTokens)
    return fail(Code::too_large, "there are " + std::to_string(limits::kApiTokens) + " tokens already",
                "revoke those that nobody uses any more");
  tokens_.push_back(std::move(token));
  return {};
}

Result<void> Tokens::remove(std::string_view wanted) {
  if (std::erase_if(tokens_, [&](const Token& token) { return token.name == wanted; }) == 1) return {};
  std::string known;
  for (const Token& token : tokens_) known.append(known.empty() ? "there is " : ", ").append(token.name);
  return fail(Code::not_found, "there is no token '" + std::string(wanted.substr(0, 64)) + "'",
              known.empty() ? "there is none at all" : known);
}

const Token* Tokens::find(std::string_view text) const {
  const auto hash = hash_of_token(text);
  const Token* found = nullptr;
  for (const Token& token : tokens_)
    if (crypto::equal_constant_time(token.hash, hash)) found = &token;
  return found;
}

}  // namespace smeg::api
