using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Postern.Configuration.Listening;

namespace Postern.Configuration.Tests;

public sealed class ListenCheckTests : IDisposable
{
    private readonly TestCertificates _files = new();

    public void Dispose() => _files.Dispose();

    [Fact]
    public void AFreePort()
    {
        using Socket taken = Listen(IPAddress.Loopback);
        int free = ((IPEndPoint)taken.LocalEndPoint!).Port;
        taken.Dispose();

        Assert.Empty(Check($"127.0.0.1:{free}"));
    }

    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("127.0.0.1", "[::]")]
    [InlineData("0.0.0.0", "127.0.0.1")]
    [InlineData("::1", "[::]")]
    [InlineData("::", "127.0.0.1")]
    [InlineData("::", "[::1]")]
    public void APortInUse(string holder, string listen)
    {
        using Socket taken = Listen(IPAddress.Parse(holder));
        string address = $"{listen}:{((IPEndPoint)taken.LocalEndPoint!).Port}";

        Assert.Equal(
            [$"t.toml:4:11: error: gate[g].listen: {address} is in use by {OwnName} (process {Environment.ProcessId}): stop it, or move it to another port, or choose another address here"],
            Check(address));
    }

    [Fact]
    public void TheLoopbackOfTheOtherFamilyIsFree()
    {
        using Socket taken = Listen(IPAddress.Loopback);
        Assert.Empty(Check($"[::1]:{((IPEndPoint)taken.LocalEndPoint!).Port}"));
    }

    [Fact]
    public void AnAddressOfAnotherMachine() =>
        Assert.Equal(["t.toml:4:11: error: gate[g].listen: 192.0.2.1 is not an address of this machine"], Check("192.0.2.1:4433"));

    [Fact]
    public void WhatPosterndHoldsIsLeftAlone()
    {
        // A copy of sleep under our name, holding the socket that it inherits as its input.
        string program = _files.At("posternd");
        File.Copy("/bin/sleep", program);
        string path = _files.At("s");
        using Process process = Process.Start(new ProcessStartInfo("/usr/bin/perl", ["-MIO::Socket::INET", "-e",
            """
            $^F = 255;
            $s = IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1);
            $| = 1;
            print $s->sockport, "\n";
            exec { $ARGV[0] } "posternd", "30";
            """,
            program])
        { RedirectStandardOutput = true, UseShellExecute = false })!;
        try
        {
            int port = int.Parse(process.StandardOutput.ReadLine()!);
            WaitForName(process.Id, "posternd");
            Assert.Equal(new PortHolder(process.Id, "posternd"), PortHolder.Find(IPAddress.Loopback, port));
            Assert.Empty(Check($"127.0.0.1:{port}"));
        }
        finally
        {
            process.Kill();
            process.WaitForExit();
        }
    }

    [Fact]
    public void ASocketThatIsListenedOn()
    {
        using Socket taken = ListenAt(_files.At("s"));
        Assert.Equal(
            [$"t.toml:4:11: error: gate[g].listen: unix:{_files.At("s")} is in use by {OwnName} (process {Environment.ProcessId}): stop it, or move it to another port, or choose another address here"],
            Check("unix:" + _files.At("s")));
    }

    [Fact]
    public void ASocketThatWasLeftOver()
    {
        // Moved away while it is closed, the file stays behind, as after a crash.
        using (ListenAt(_files.At("bound")))
            File.Move(_files.At("bound"), _files.At("s"));

        Assert.True(File.Exists(_files.At("s")));
        Assert.Empty(Check("unix:" + _files.At("s")));
    }

    [Fact]
    public void AFileInThePlaceOfASocket()
    {
        _files.Write("s", "letters");
        Assert.Equal([$"t.toml:4:11: error: gate[g].listen: {_files.At("s")} is a file, not a socket: move it away"], Check("unix:" + _files.At("s")));
    }

    [Fact]
    public void ADirectoryThatDoesNotExist() =>
        Assert.Equal([$"t.toml:4:11: error: gate[g].listen: the directory {_files.At("d")} does not exist"], Check($"unix:{_files.At("d")}/s"));

    private static string OwnName => File.ReadAllText("/proc/self/comm").TrimEnd('\n');


    private static void WaitForName(int id, string name)
    {
        var watch = Stopwatch.StartNew();
        while (File.ReadAllText($"/proc/{id}/comm").TrimEnd('\n') != name)
            Assert.True(watch.Elapsed < TimeSpan.FromSeconds(10), "the program did not start");
    }

    private static Socket Listen(IPAddress address)
    {
        var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        if (address.AddressFamily == AddressFamily.InterNetworkV6)
            socket.DualMode = true;
        socket.Bind(new IPEndPoint(address, 0));
        socket.Listen();
        return socket;
    }

    private static Socket ListenAt(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen();
        return socket;
    }

    private static string[] Check(string listen)
    {
        string text = $"[[gate]]\nname = \"g\"\nprotocol = \"tcp\"\nlisten = [\"{listen}\"]\ntls = \"plain\"\nallow-plain-remote = true\nbackend = \"127.0.0.1:143\"\n";
        ConfigurationResult read = ConfigurationFile.Parse("t.toml", text, new Machine("mail.example", 1, false));
        Assert.Empty(read.Problems);
        return [.. ListenCheck.Run(read.Settings!).Select(problem => problem.ToString())];
    }
}
