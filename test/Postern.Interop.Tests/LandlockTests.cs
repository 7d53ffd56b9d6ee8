using System.Net;
using System.Net.Sockets;
using Postern.Interop.LibC;
using Xunit;

namespace Postern.Interop.Tests;

/// <summary>On a thread that the test gives up. Taken out: a handled right in Landlock.Restrict, or a rule.</summary>
public sealed class LandlockTests
{
    /// <summary>Of a kernel that has Landlock, as those that the tests run on do.</summary>
    [Fact]
    public void A_restricted_thread_has_the_named_places_and_nothing_else()
    {
        string folder = Directory.CreateTempSubdirectory("postern-landlock-").FullName;
        string inside = Path.Combine(folder, "inside"), file = Path.Combine(folder, "file"), outside = Path.Combine(folder, "outside");
        Directory.CreateDirectory(inside);
        foreach (string path in (string[])[Path.Combine(inside, "a"), file, outside])
            File.WriteAllText(path, "text");
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();

        // The framework prepares its sockets once, and reads files for it.
        Connect(listener);
        Assert.InRange(Landlock.Version(), 1, int.MaxValue);

        OnAThread(() =>
        {
            const LandlockFiles Read = LandlockFiles.ReadFile | LandlockFiles.ReadDirectory;
            Assert.Equal(0, Privilege.ForbidGain());
            Assert.Equal(0, Landlock.Restrict([new(inside, Read), new(file, Read), new("/not/there", Read)], LandlockFiles.None, LandlockNetwork.None));
            Assert.Equal("text", File.ReadAllText(Path.Combine(inside, "a")));
            Assert.Equal("text", File.ReadAllText(file));
            Assert.Throws<UnauthorizedAccessException>(() => File.ReadAllText(outside));
            Assert.Throws<UnauthorizedAccessException>(() => File.WriteAllText(file, "more"));
            Assert.Throws<UnauthorizedAccessException>(() => File.WriteAllText(Path.Combine(inside, "b"), "new"));
            Assert.Throws<UnauthorizedAccessException>(() => File.Delete(file));
            if (LandlockRights.Network(Landlock.Version()) != 0)
                Assert.Equal(SocketError.AccessDenied, Assert.Throws<SocketException>(() => Connect(listener)).SocketErrorCode);
        });
        OnAThread(() =>
        {
            Assert.Equal(0, Privilege.ForbidGain());
            Assert.Equal(0, Landlock.Restrict([], LandlockFiles.None, LandlockNetwork.ConnectTcp));
            Assert.Throws<UnauthorizedAccessException>(() => File.ReadAllText(file));
            Connect(listener);
        });

        // A place at which nothing more is to be allowed than everywhere.
        OnAThread(() =>
        {
            Assert.Equal(0, Privilege.ForbidGain());
            Assert.Equal(0, Landlock.Restrict([new(file, LandlockFiles.ReadFile)], LandlockFiles.ReadFile, LandlockNetwork.None));
            Assert.Equal("text", File.ReadAllText(outside));
            Assert.Throws<UnauthorizedAccessException>(() => File.WriteAllText(file, "more"));
        });

        // This thread has all that it had.
        Assert.Equal("text", File.ReadAllText(outside));
        Directory.Delete(folder, recursive: true);
    }

    [Theory]
    [InlineData(1, 0x1fff, 0, 0)]
    [InlineData(2, 0x3fff, 0, 0)]
    [InlineData(3, 0x7fff, 0, 0)]
    [InlineData(4, 0x7fff, 3, 0)]
    [InlineData(5, 0xffff, 3, 0)]
    [InlineData(6, 0xffff, 3, 3)]
    [InlineData(8, 0xffff, 3, 3)]
    [InlineData(9, 0x1_ffff, 3, 3)]
    [InlineData(99, 0x1_ffff, 3, 3)]
    public void Each_version_is_asked_for_what_it_knows(int version, ulong files, ulong network, ulong scopes) =>
        Assert.Equal((files, network, scopes), ((ulong)LandlockRights.Files(version), (ulong)LandlockRights.Network(version), (ulong)LandlockRights.Scopes(version)));

    private static void Connect(TcpListener listener)
    {
        using var client = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        client.Connect(listener.LocalEndpoint);
    }

    private static void OnAThread(Action action)
    {
        Exception? failure = null;
        var thread = new Thread(() => failure = Record.Exception(action));
        thread.Start();
        thread.Join();
        Assert.Null(failure);
    }
}
