using System.Net;
using System.Net.Sockets;
using System.Text;
using Postern.EndToEnd.Rigs;
using Xunit;

namespace Postern.EndToEnd.Scenarios;

/// <summary>One listener, several names, each with a backend and a certificate of its own.</summary>
[Collection(nameof(EchoGates))]
public sealed class RouteTests(EchoGates gates)
{
    [Fact]
    public void The_name_in_the_client_hello_chooses_backend_and_certificate()
    {
        using TcpListener own = Naming("own");
        using TcpListener one = Naming("one");
        using TcpListener wild = Naming("wild");
        int open = Workplace.FreePort();
        int closed = Workplace.FreePort();
        string routes = $$"""
            route = [
              { sni = "ed.example.test", backend = "127.0.0.1:{{PortOf(one)}}", certificate = ["ed"] },
              { sni = "*.wild.example.test", backend = "127.0.0.1:{{PortOf(wild)}}" },
            ]
            """;
        using PosternRig rig = gates.Another("routes", gates.Certificates.Tables + Gate("open", open, routes, $"backend = \"127.0.0.1:{PortOf(own)}\"") + Gate("closed", closed, routes, ""), open, closed);

        Assert.Equal(("one", "CN = ed"), Ask(open, "ed.example.test"));
        Assert.Equal(("one", "CN = ed"), Ask(open, "ED.Example.TEST"));
        Assert.Equal(("wild", "CN = wild"), Ask(open, "a.wild.example.test"));
        Assert.Equal(("own", "CN = ec"), Ask(open, "localhost"));
        Assert.Equal(("own", "CN = ec"), Ask(open, "a.b.wild.example.test"));
        Assert.Equal(("own", "CN = ec"), Ask(open, null));

        Assert.Equal(("one", "CN = ed"), Ask(closed, "ed.example.test"));
        Assert.Contains("unrecognized name", Connect(closed, "localhost"), StringComparison.Ordinal);
        Assert.Contains("unrecognized name", Connect(closed, null), StringComparison.Ordinal);
        string backend = $"127.0.0.1:{PortOf(one)}";
        _ = rig.WaitForEntry(entry => entry.TryGetProperty("backend", out var dialled) && dialled.GetString() == backend && entry.GetProperty("gate").GetString() == "closed");
    }

    private static string Gate(string name, int port, string routes, string backend) => $"""

        [[gate]]
        name = "{name}"
        protocol = "tcp"
        listen = ["127.0.0.1:{port}"]
        tls = "implicit"
        certificate = ["ec", "wild"]
        {backend}
        {routes}
        """;

    /// <summary>Which backend answered, and for whom the certificate was.</summary>
    private static (string Backend, string Subject) Ask(int port, string? name)
    {
        string output = Connect(port, name);
        string backend = output.Split('\n').FirstOrDefault(line => line.StartsWith("this is ", StringComparison.Ordinal)) ?? output;
        string subject = output.Split('\n').FirstOrDefault(line => line.StartsWith("subject=", StringComparison.Ordinal)) ?? output;
        return (backend["this is ".Length..].Trim(), subject["subject=".Length..].Trim());
    }

    private static string Connect(int port, string? name)
    {
        string[] naming = name is null ? ["-noservername"] : ["-servername", name];
        return Tool.RunWith("x\n", TimeSpan.FromMilliseconds(1500), "openssl", ["s_client", "-connect", $"127.0.0.1:{port}", .. naming]).Output;
    }

    private static int PortOf(TcpListener listener) => ((IPEndPoint)listener.LocalEndpoint).Port;

    /// <summary>A server that says its name and nothing else.</summary>
    private static TcpListener Naming(string name)
    {
        var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        new Thread(() =>
        {
            try
            {
                while (true)
                {
                    using Socket socket = listener.AcceptSocket();
                    _ = socket.Send(Encoding.ASCII.GetBytes($"this is {name}\n"));
                    socket.Shutdown(SocketShutdown.Send);
                    _ = socket.Receive(new byte[16]);
                }
            }
            catch (SocketException)
            {
                // The test is over.
            }
        }) { IsBackground = true }.Start();
        return listener;
    }
}
