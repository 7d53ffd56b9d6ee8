using System.Globalization;
using System.Text;
using Postern.Bench.Interop;
using Postern.Bench.Measuring;

namespace Postern.Bench.Report;

/// <summary>docs/benchmarks.md: the table, where it was measured, what each figure is, and how to repeat it.</summary>
internal static class Page
{
    internal static string Of(Results results, Machine machine, bool pinned)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Benchmarks

            Written by `./bench.sh`; run it to measure on your own machine. Every figure but the memory is processor time (user and
            system) of all the processes of the proxy, divided by the work done: not the time on the wall, which says more about the
            machine's other work. Lower is better. Medians of {results.Rounds} rounds, taken in turn in one run. Compare within a row;
            a figure alone belongs to one machine.

            {Table.Of(results)}
            The last columns are Postern's figure divided by HAProxy's, and by the lowest of the other proxies in that row. A dash:
            the proxy does not do this.

            ## Where

            - {results.Began:yyyy-MM-dd HH:mm} UTC
            - {machine.Processor}, {machine.Processors} processors, Linux {machine.Kernel}, {machine.System}
            - {LibSsl.Version} in the clients; the proxies take the system's

            ## What

            | | version | session tickets with a full handshake |
            | --- | --- | --- |

            """);
        foreach (var peer in results.Peers)
        {
            var tickets = results.Tickets.TryGetValue(peer, out var count) ? count.ToString("0.##", CultureInfo.InvariantCulture) : "-";
            text.Append(CultureInfo.InvariantCulture, $"| {peer.Name} | {peer.Version()} | {tickets} |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"""

            ## How

            Each proxy runs from a generated configuration, on loopback, with one worker {(pinned
                ? "(stunnel has a thread for each connection), held to one processor by taskset; the clients and the backend have the others"
                : "(stunnel has a thread for each connection)")}.
            It is started afresh for each measurement, warmed up, and measured under load. The clients offer TLS 1.3,
            TLS_AES_256_GCM_SHA384, X25519 and one signature algorithm only, so all proxies do the same cryptography. Logs are off, or
            go to /dev/null (Postern writes its line for each connection all the same). A session ticket costs the proxy something;
            where it has no switch to turn them off, its full handshakes include the number that the table above gives.

            A process's time comes from the kernel's own account of it (the sum behind utime and stime of /proc/PID/stat, read through
            clock_gettime, which gives nanoseconds), its exited children's from cutime and cstime.


            """);
        foreach (var scenario in results.Scenarios)
            text.Append(CultureInfo.InvariantCulture, $"- **{scenario.Name}** ({scenario.Title}). {scenario.Explanation}\n");
        text.Append("""

            ## Again

                ./bench.sh                              # everything; writes this page
                ./bench.sh handshake idle               # some scenarios
                ./bench.sh handshake haproxy postern    # some scenarios, some proxies
                ./bench.sh --json figures.json          # every round's figure, for a program to read

            It needs the .NET SDK, and fetches the other proxies from Debian when it runs as root; it starts none of them as a
            service. A run of a part prints its table and leaves this page as it is.

            """);
        return text.ToString();
    }
}
