// Packaged programs that serve whatever they are told: who owns them says nothing of what listens.
import { baseOf, type BytePath } from '../../model/bytes.ts';

const RELAY = /^(?:nc|nc\.(?:openbsd|traditional)|ncat|netcat|socat|busybox|toybox|bash|dash|sh|zsh|ksh(?:93)?|mksh|fish|tcsh|ssh|sslh|stunnel4?|systemd-socket-proxyd|rinetd|redir|simpleproxy|microsocks|pypy3?|gawk|guile(?:-[0-9.]{1,5})?|expect|pwsh|mono(?:-sgen)?|perl|perl5\.[0-9]{1,2}|python[23]?(?:\.[0-9]{1,2})?|ruby(?:[0-9.]{1,5})?|php(?:[0-9.]{1,5})?|node|nodejs|lua(?:[0-9.]{1,5})?|tclsh(?:[0-9.]{1,5})?|gdb|gdbserver|chisel|ngrok|inetd|xinetd|openssl)$/;

/** ld.so(8) runs what it is told to; the Java of the distribution does, where no archive is its program. */
const LOADER = /^ld(?:-[\w.-]{1,60})?\.so(?:\.[0-9]{1,3})?$/;
const JAVA = /^\/usr\/lib\/jvm\/.{1,200}\/java$/;

/** Interpreters (whose script is not known), shells, relays and tunnels. */
export function isRelay(program: BytePath | undefined): boolean {
  return program !== undefined && (RELAY.test(baseOf(program)) || LOADER.test(baseOf(program)) || JAVA.test(program));
}
