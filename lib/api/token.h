// Who may ask for what: bearer tokens (RFC 6750), and the file in which they are kept as hashes.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "control/control.h"

namespace smeg::api {

// Where smegctl writes them and smeg-api reads them, unless told otherwise.
inline constexpr std::string_view kDefaultTokenFile = "/etc/smegd/api-tokens";

// Each may do what the ones before it may.
enum class Scope {
  read,     // look
  operate,  // let hosts and guests in, and what else comes up from day to day
  admin,    // make, join and leave meshes; remove members; let in those who may invite others
};

std::string_view name(Scope scope);  // "read", "operate", "admin"
Result<Scope> parse_scope(std::string_view text);

struct Token {
  std::string name;  // a label, unlike the others'
  Scope scope = Scope::read;
  WallTime created;
  // BLAKE2b of the token's text. A token is 256 random bits: there is nothing to guess, so that a slow hash, as for
  // passwords, would slow down nobody but ourselves.
  ByteArray<32> hash{};

  friend bool operator==(const Token&, const Token&) = default;
};

// The text of a new token: "smegapi_" and 52 letters and digits.
control::SecretText new_token_text(KeySource& secrets);
ByteArray<32> hash_of_token(std::string_view text);

// The tokens of a host. Names are unique.
class Tokens {
 public:
  // A line for each: NAME SCOPE CREATED HASH; empty lines and what follows '#' are of no meaning. malformed or
  // too_large by its line.
  static Result<Tokens> parse(std::string_view text);
  // What came of reading a file of that name: where there is none, there are no tokens; what is wrong names it.
  static Result<Tokens> from_file(const Result<Bytes>& contents, const std::string& path);
  std::string to_text() const;

  // exists where the name is taken, too_large where there are limits::kApiTokens.
  Result<void> add(Token token);
  // not_found names those that are there.
  Result<void> remove(std::string_view name);
  // The one that has this text; nullptr where none has. Takes as long whichever it is.
  const Token* find(std::string_view text) const;
  const std::vector<Token>& all() const { return tokens_; }

  friend bool operator==(const Tokens&, const Tokens&) = default;

 private:
  std::vector<Token> tokens_;
};

}  // namespace smeg::api
