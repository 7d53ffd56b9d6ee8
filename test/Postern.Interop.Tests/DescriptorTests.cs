using System.Net;
using Postern.Interop.LibC;
using Xunit;

namespace Postern.Interop.Tests;

public sealed class DescriptorTests
{
    [Fact]
    public void Memory_is_read_whole_by_every_holder()
    {
        byte[] contents = [.. Enumerable.Range(0, 200_000).Select(i => (byte)i)];
        int fd = Descriptor.Memory(contents);
        Assert.Equal(contents, Descriptor.ReadWhole(fd, contents.Length));

        // A worker that is replaced reads the same descriptor that the one before it has read.
        Assert.Equal(contents, Descriptor.ReadWhole(fd, contents.Length));
        Assert.Null(Descriptor.ReadWhole(fd, contents.Length - 1));
        Descriptor.Close(fd);
    }

    [Fact]
    public void A_timer_is_readable_when_its_time_has_come()
    {
        int fd = Descriptor.Timer(1);
        byte[] expirations = new byte[8];
        Assert.Equal(-Errno.Again, Descriptor.Read(fd, expirations));
        Assert.True(SpinWait.SpinUntil(() => Descriptor.Read(fd, expirations) == 8, TimeSpan.FromSeconds(5)));
        Assert.Equal(1L, BitConverter.ToInt64(expirations));
        Descriptor.Close(fd);
    }

    [Fact]
    public void Descriptors_travel_with_their_message()
    {
        Assert.Equal(0, StreamSocket.Pair(messages: true, nonBlocking: true, out int ours, out int theirs));
        int first = Descriptor.Memory("first"u8);
        int second = Descriptor.Memory("second"u8);
        Assert.Equal(3, DescriptorPassing.Send(ours, "two"u8, [first, second]));

        byte[] message = new byte[16];
        int[] received = new int[4];
        Assert.Equal(3, DescriptorPassing.Receive(theirs, message, received, out int count));
        Assert.Equal("two"u8, message.AsSpan(0, 3));
        Assert.Equal(2, count);
        Assert.Equal("second"u8, Descriptor.ReadWhole(received[1], 100)!);

        foreach (int fd in (int[])[ours, theirs, first, second, received[0], received[1]])
            Descriptor.Close(fd);
    }

    [Fact]
    public void A_message_that_is_cut_is_an_error_and_leaks_nothing()
    {
        _ = StreamSocket.Pair(messages: true, nonBlocking: true, out int ours, out int theirs);
        _ = StreamSocket.Pair(messages: false, nonBlocking: true, out int kept, out int passed);
        _ = DescriptorPassing.Send(ours, new byte[64], [passed]);
        Descriptor.Close(passed);
        Assert.True(DescriptorPassing.Receive(theirs, new byte[8], new int[4], out int count) < 0);
        Assert.Equal(0, count);

        // The last holder of the other end is gone: this end hears it.
        Assert.Equal(0, StreamSocket.Receive(kept, new byte[1]));
        foreach (int open in (int[])[ours, theirs, kept])
            Descriptor.Close(open);
    }

    [Fact]
    public void A_socket_is_told_from_a_file()
    {
        string directory = Directory.CreateTempSubdirectory("postern-path").FullName;
        string socket = Path.Combine(directory, "socket");
        string file = Path.Combine(directory, "file");
        File.WriteAllText(file, "x");
        Descriptor.Close(StreamSocket.Listen(Postern.Interop.LibC.SocketAddress.Unix(socket), 1));
        Assert.True(FilePath.IsSocket(socket));
        Assert.False(FilePath.IsSocket(file));
        Assert.False(FilePath.IsSocket(Path.Combine(directory, "nothing")));
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public void A_mapped_address_is_an_ipv4_address()
    {
        var mapped = new Endpoint(EndpointFamily.V6, IPAddress.Parse("::ffff:192.0.2.7").GetAddressBytes(), 25);
        Assert.Equal(EndpointFamily.V4, mapped.Family);
        Assert.Equal("192.0.2.7:25", mapped.ToString());
    }

    [Fact]
    public void One_client_is_an_ipv4_address_or_a_64()
    {
        static ulong Key(string address)
        {
            IPAddress ip = IPAddress.Parse(address);
            byte[] bytes = ip.GetAddressBytes();
            return new Endpoint(bytes.Length == 4 ? EndpointFamily.V4 : EndpointFamily.V6, bytes, 1).ClientKey;
        }

        Assert.NotEqual(Key("192.0.2.1"), Key("192.0.2.2"));
        Assert.Equal(Key("2001:db8:1:2::1"), Key("2001:db8:1:2:ffff::9"));
        Assert.NotEqual(Key("2001:db8:1:2::1"), Key("2001:db8:1:3::1"));
    }
}
