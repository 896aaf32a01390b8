# ask.pl SOCKET: sends what comes on standard input to a UAPI socket, and writes the answer to standard output.
use strict;
use Socket;
socket(my $server, AF_UNIX, SOCK_STREAM, 0) or die "socket: $!";
connect($server, sockaddr_un($ARGV[0])) or die "connect: $!";
local $/;
my $request = <STDIN>;
local $SIG{PIPE} = 'IGNORE'; # a server that has heard enough
for (my $sent = 0; $sent < length $request;) {
  my $took = syswrite($server, $request, 65536, $sent) or last;
  $sent += $took;
}
shutdown($server, 1);
while (sysread($server, my $answer, 65536)) { print $answer }
