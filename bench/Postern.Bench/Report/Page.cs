using System.Globalization;
using System.Text;
using Postern.Bench.Interop;
using Postern.Bench.Measuring;

namespace Postern.Bench.Report;

/// <summary>docs/benchmarks.md, and that of a family: the table, where it was measured, what each figure is, and how to repeat it.</summary>
internal static class Page
{
    /// <param name="chart">The file beside it.</param>
    /// <param name="flameGraphs">The files beside it that earlier profiles have left.</param>
    internal static string Of(Results results, Machine machine, string chart, IReadOnlyList<string> flameGraphs)
    {
        var family = results.Scenarios[0].Family;
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"""
            # Benchmarks{(family is null ? "" : ": " + family)}

            Written by `./bench.sh{(family is null ? "" : " " + family)}`; run it to measure on your own machine. Where a row says nothing else, its
            figure is processor time (user and system) of all the processes of the proxy, divided by the work done: not the
            time on the wall, which says more about the machine's other work. Lower is better, where the row does not say
            otherwise. Medians of {results.Rounds} rounds{Times(results)}, taken in turn in one run; memory is measured once. Compare within
            a row; a figure alone belongs to one machine, and a busy machine makes all of them higher.

            {Table.Of(results)}
            The last columns are Postern's figure divided by HAProxy's, and by the best of the other proxies in that row.
            A dash: the proxy does not do this.

            ![Postern's figure divided by each peer's]({chart})


            """);
        if (Table.Beside(results) is { } beside)
            text.Append(CultureInfo.InvariantCulture, $"What some of the figures were made of:\n\n{beside}\n");
        text.Append(CultureInfo.InvariantCulture, $"""
            ## Where

            - {results.Began:yyyy-MM-dd HH:mm} UTC
            - {machine.Processor}, {machine.Processors} processors, Linux {machine.Kernel}, {machine.System}
            - {LibSsl.Version}, the system's, in the clients as in all proxies
            - load average {results.LoadAverage} before the run: what the machine was doing besides

            ## What

            | | version | session tickets with a full handshake |
            | --- | --- | --- |

            """);
        foreach (var peer in results.Peers)
        {
            var tickets = results.Tickets.TryGetValue(peer, out var count)
                ? count.ToString("0.##", CultureInfo.InvariantCulture)
                : "-";
            text.Append(CultureInfo.InvariantCulture, $"| {peer.Name} | {peer.Version()} | {tickets} |\n");
        }

        text.Append(CultureInfo.InvariantCulture, $"""

            ## How

            Each proxy runs from a generated configuration, on loopback, with one worker where the row says no other number
            (stunnel has a thread for each connection){(machine.Processors > 1 ? ", held to one processor by taskset; the clients and the backend have the others" : "")}.
            It is started afresh for each measurement, warmed up, and measured under load. The clients offer TLS 1.3,
            TLS_AES_256_GCM_SHA384, X25519 and one signature algorithm only, so all proxies do the same cryptography. Logs
            are off, or go to /dev/null (Postern writes its line for each connection all the same).

            A session ticket costs the server something, and each proxy sends as many as the table says with a full
            handshake. haproxy, nginx and stunnel are told to send none; in the first two, that makes the tickets of TLS 1.3
            smaller (the session stays in the server, or is forgotten) and leaves their number. hitch and Postern have no
            such switch.

            A process's time comes from the kernel's own account of it (the sum behind utime and stime of /proc/PID/stat,
            read through clock_gettime, which gives nanoseconds), its exited children's from cutime and cstime.


            """);
        foreach (var scenario in results.Scenarios)
            text.Append(CultureInfo.InvariantCulture, $"- **{scenario.Name}** ({scenario.Title}). {scenario.Explanation}\n");
        if (family is null && flameGraphs.Count > 0)
        {
            text.Append("""

                ## Where the time goes

                Flame graphs of posternd, all its processes, by `./bench.sh --profile` at other times than this run. Opened in a
                browser by itself, each says more of a box on which the pointer rests.


                """);
            foreach (var file in flameGraphs)
                text.Append(CultureInfo.InvariantCulture, $"- [{Path.GetFileNameWithoutExtension(file)["flame-".Length..]}]({file})\n");
        }

        text.Append("""

            ## Again

                ./bench.sh                              # everything but growth; writes docs/benchmarks.md and its chart
                ./bench.sh growth                       # the cost as connections and workers grow; writes docs/benchmarks-growth.md
                ./bench.sh handshake idle               # some scenarios
                ./bench.sh handshake haproxy postern    # some scenarios, some proxies
                ./bench.sh --scale 5 handshake          # five times as many connections in each measurement: quieter figures
                ./bench.sh --json figures.json          # every round's figure, for a program to read
                ./bench.sh --profile handshake          # where posternd spends its time: a flame graph, and its system calls

            It needs the .NET SDK, and fetches the other proxies from Debian when it runs as root; it starts none of them
            as a service. A run of a part prints its table and leaves the pages as they are.

            """);
        return text.ToString();
    }

    /// <summary>How much more than usual was measured, where it was.</summary>
    internal static string Times(Results results) => results.Scale == 1
        ? ""
        : string.Create(CultureInfo.InvariantCulture, $", each with {results.Scale} times the usual work");
}
