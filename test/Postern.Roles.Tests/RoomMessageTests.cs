using CsCheck;
using Postern.Engine.Connections;
using Postern.Engine.Logging;
using Postern.Interop.LibC;
using Postern.Roles.Room;
using Xunit;

namespace Postern.Roles.Tests;

/// <summary>What a room and its porter say to each other; whatever bytes come, reading them ends in a value.</summary>
public sealed class RoomMessageTests
{
    private static readonly Endpoint s_client = new(EndpointFamily.V4, [192, 0, 2, 1], 4711);

    [Fact]
    public void A_report_is_read_as_it_was_written()
    {
        byte[] message = new byte[RoomMessage.MaxSize];
        int length = RoomReport.Write(
            new ConnectionRecord
            {
                Gate = "g", Protocol = "imap", Client = s_client, ServerName = "mail.example.org", Alpn = null, TlsVersion = "TLSv1.3",
                Cipher = "TLS_AES_128_GCM_SHA256", Resumed = true, Backend = null, BackendTls = "TLSv1.3 x mail.example.org", BytesIn = 5, BytesOut = 1L << 40, Milliseconds = 7,
                Stage = Stage.Relay, Outcome = Outcome.Truncated, Detail = new string('ä', 2_000),
            },
            message);
        RoomReport report = RoomReport.Read(message.AsSpan(1, length - 1))!;
        Assert.Equal((byte)RoomMessageKind.Report, message[0]);
        Assert.Equal(("mail.example.org", "", "TLSv1.3"), (report.ServerName, report.Alpn, report.TlsVersion));
        Assert.Equal((5L, 1L << 40, true), (report.BytesIn, report.BytesOut, report.Resumed));
        Assert.Equal((Stage.Relay, Outcome.Truncated), (report.Stage, report.Outcome));
        Assert.Equal(("TLSv1.3 x mail.example.org", new string('ä', 512)), (report.BackendTls, report.Detail));
    }

    [Fact]
    public void A_report_that_is_cut_or_too_long_is_none() => Gen.Int[0, 200].Sample(cut =>
    {
        byte[] message = new byte[RoomMessage.MaxSize];
        int length = RoomReport.Write(
            new ConnectionRecord
            {
                Gate = "g", Protocol = "imap", Client = s_client, ServerName = "a", Alpn = "b", TlsVersion = "c", Cipher = "d", Resumed = false,
                Backend = null, BackendTls = null, BytesIn = 0, BytesOut = 0, Milliseconds = 0, Stage = Stage.Dial, Outcome = Outcome.Closed, Detail = "e",
            },
            message);
        return cut == length - 1 == (RoomReport.Read(message.AsSpan(1, cut)) is not null);
    });

    [Fact]
    public void Any_bytes_are_a_report_or_none() => Gen.Byte.Array[0, 300].Sample(bytes =>
    {
        RoomReport? report = RoomReport.Read(bytes);
        return report is null || (report.BytesIn >= 0 && report.BytesOut >= 0 && Enum.IsDefined(report.Stage) && Enum.IsDefined(report.Outcome));
    });

    [Theory]
    [InlineData("", new string[0])]
    [InlineData("max-connections", new string[0])]
    [InlineData("", new[] { "SIZE 1000", "8BITMIME" })]
    public void An_assignment_is_read_as_it_was_written(string shed, string[] extensions)
    {
        byte[] message = new byte[RoomMessage.MaxSize];
        int length = new Assignment(7, s_client, shed, [.. extensions]).Write(message);
        Assignment read = Assignment.Read(message.AsSpan(0, length))!;
        Assert.Equal((7, s_client, shed), (read.Gate, read.Client, read.Shed));
        Assert.Equal(extensions, read.Extensions);
    }

    [Fact]
    public void Any_bytes_are_an_assignment_or_none() => Gen.Byte.Array[0, 300].Sample(bytes => Assignment.Read(bytes) is null or { Gate: >= 0 });

    [Fact]
    public void Any_bytes_are_an_endpoint_or_none() => Gen.Byte.Array[0, 40].Sample(bytes =>
    {
        if (!RoomMessage.TryRead(bytes, out Endpoint endpoint))
            return true;

        byte[] again = new byte[RoomMessage.EndpointSize];
        RoomMessage.Write(endpoint, again);
        return RoomMessage.TryRead(again, out Endpoint same) && same == endpoint;
    });
}
