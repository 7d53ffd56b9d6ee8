using System.Net.Sockets;
using Xunit;

namespace Postern.EndToEnd.Rigs;

/// <summary>A posternd before an echo, for what is about TLS and the daemon itself and needs no mail server.</summary>
public sealed class EchoGates : IDisposable
{
    private readonly Workplace _place = new();
    private readonly TcpListener _echo = EchoBackend.Start();

    public EchoGates()
    {
        Certificates = new Certificates(_place);
        Gates = new PosternRig(_place, "echo", "workers = 1", Tables(), [First, Second, Pop]);
    }

    internal Certificates Certificates { get; }

    internal PosternRig Gates { get; }

    internal int First { get; } = Workplace.FreePort();

    internal int Second { get; } = Workplace.FreePort();

    internal int Pop { get; } = Workplace.FreePort();

    internal string Socket => _place.At("listen.sock");

    internal int BackendPort => EchoBackend.Port(_echo);

    internal string Tables() => Certificates.Tables + $"""
        [[gate]]
        name = "first"
        protocol = "tcp"
        listen = ["127.0.0.1:{First}", "unix:{Socket}"]
        tls = "implicit"
        certificate = ["ec", "rsa", "ed", "wild"]
        backend = "127.0.0.1:{BackendPort}"

        [[gate]]
        name = "second"
        protocol = "tcp"
        listen = ["127.0.0.1:{Second}"]
        tls = "implicit"
        certificate = ["ec"]
        backend = "127.0.0.1:{BackendPort}"
        alpn = ["echo"]
        min-tls = "1.3"

        [[gate]]
        name = "pop"
        protocol = "pop3"
        listen = ["127.0.0.1:{Pop}"]
        tls = "starttls"
        certificate = ["ec"]
        backend = "127.0.0.1:{BackendPort}"
        """;

    internal ToolResult Client(string input, params string[] arguments) => Tool.RunWith(
        input, TimeSpan.FromMilliseconds(600), "openssl", ["s_client", "-connect", $"localhost:{First}", "-CAfile", Certificates.Authority, .. arguments]);

    internal PosternRig Another(string name, string tables, params int[] ports) => new(_place, name, "workers = 1", tables, ports);

    /// <summary>A process for each connection.</summary>
    internal PosternRig Rooms(string name, string tables, params int[] ports) =>
        new(_place, name, "isolation = \"connection\"", tables, ports);

    /// <param name="server">More lines for [server].</param>
    internal PosternRig AnotherWith(string server, string name, string tables, params int[] ports) =>
        new(_place, name, "workers = 1\n" + server, tables, ports);

    internal PosternRig AnotherAfter(string prelude, string name, string tables, params int[] ports) =>
        new(_place, name, "workers = 1", tables, ports, prelude);

    /// <param name="server">All lines for [server].</param>
    internal PosternRig Started(string server, string name, string tables, string prelude, params int[] ports) =>
        new(_place, name, server, tables, ports, prelude);

    internal string At(string name) => _place.At(name);

    public void Dispose()
    {
        Gates.Dispose();
        _echo.Stop();
        _place.Dispose();
    }
}

[CollectionDefinition(nameof(EchoGates))]
public sealed class EchoGatesCollection : ICollectionFixture<EchoGates>;

/// <summary>What measures, or loads the machine: nothing else runs meanwhile.</summary>
[CollectionDefinition(nameof(Alone), DisableParallelization = true)]
public sealed class Alone : ICollectionFixture<EchoGates>;
