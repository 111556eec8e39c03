#!/usr/bin/env perl
# A registry of images that only gives: files below the directory that is named, on 127.0.0.1:5000. Runs with perl's base alone.
use strict;
use warnings;
use IO::Socket::INET;
use Socket qw(MSG_PEEK);

my $root = shift or die "usage: server.pl DIRECTORY\n";
my $server = IO::Socket::INET->new(LocalAddr => '127.0.0.1:5000', Listen => 16, ReuseAddr => 1) or die "listen: $!\n";
$| = 1;
$SIG{PIPE} = 'IGNORE';
print "ready\n";

while (my $client = $server->accept) {
    # Engines try TLS first, and wait long for an answer to it.
    $client->recv(my $first, 1, MSG_PEEK);
    next if !defined $first || $first eq "\x16";
    my ($method, $path) = (<$client> // '') =~ m{^(GET|HEAD) (/v2/[\w./:-]*) HTTP/1\.};
    while (my $line = <$client>) { last if $line =~ /^\r?\n$/ }
    my $file = defined $path ? $root . ($path eq '/v2/' ? '/v2/index' : $path) : '';
    if ($file =~ /\.\./ || !-f $file || !open(my $in, '<:raw', $file)) {
        my $said = '{"errors":[{"code":"MANIFEST_UNKNOWN","message":"manifest unknown"}]}';
        print $client "HTTP/1.1 404 Not Found\r\nContent-Length: ", length $said, "\r\nContent-Type: application/json\r\n",
            "Docker-Distribution-Api-Version: registry/2.0\r\nConnection: close\r\n\r\n", ($method // '') eq 'GET' ? $said : '';
    } else {
        my $type = $path =~ m{/manifests/} ? 'application/vnd.docker.distribution.manifest.v2+json' : 'application/octet-stream';
        print $client "HTTP/1.1 200 OK\r\nContent-Length: ", -s $in, "\r\nContent-Type: $type\r\n",
            "Docker-Distribution-Api-Version: registry/2.0\r\nConnection: close\r\n\r\n";
        if ($method eq 'GET') { local $/ = \65536; print $client $_ while <$in>; }
    }
    close $client;
}
