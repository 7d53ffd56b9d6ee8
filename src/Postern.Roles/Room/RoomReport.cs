using System.Buffers.Binary;
using System.Text;
using Postern.Engine.Connections;
using Postern.Engine.Logging;

namespace Postern.Roles.Room;

/// <summary>
/// A room's last word: how its connection ended. What the porter knows by itself (gate, client, backend, time) is not in
/// it, so that a stolen room can lie about its own connection's end and about nothing else.
/// </summary>
public sealed record RoomReport
{
    /// <summary>A text of a peer is cut to this; the log cuts at less.</summary>
    private const int MaxText = 512;

    /// <summary>Stage, outcome, whether resumed, and two counts.</summary>
    private const int HeaderSize = 3 + (2 * sizeof(long));

    public required Stage Stage { get; init; }

    public required Outcome Outcome { get; init; }

    public required bool Resumed { get; init; }

    public required long BytesIn { get; init; }

    public required long BytesOut { get; init; }

    public required string ServerName { get; init; }

    public required string Alpn { get; init; }

    public required string TlsVersion { get; init; }

    public required string Cipher { get; init; }

    public required string BackendTls { get; init; }

    public required string Detail { get; init; }

    /// <summary>Writes the message; its length.</summary>
    public static int Write(in ConnectionRecord record, Span<byte> message)
    {
        message[0] = (byte)RoomMessageKind.Report;
        message[1] = (byte)record.Stage;
        message[2] = (byte)record.Outcome;
        message[3] = record.Resumed ? (byte)1 : (byte)0;
        BinaryPrimitives.WriteInt64LittleEndian(message[4..], record.BytesIn);
        BinaryPrimitives.WriteInt64LittleEndian(message[12..], record.BytesOut);
        int end = 1 + HeaderSize;
        foreach (string? text in (ReadOnlySpan<string?>)[record.ServerName, record.Alpn, record.TlsVersion, record.Cipher, record.BackendTls, record.Detail])
        {
            string cut = text is null ? "" : text.Length > MaxText ? text[..MaxText] : text;
            int length = Encoding.UTF8.GetBytes(cut, message[(end + sizeof(ushort))..]);
            BinaryPrimitives.WriteUInt16LittleEndian(message[end..], (ushort)length);
            end += sizeof(ushort) + length;
        }

        return end;
    }

    /// <summary>Null when these bytes, behind the kind of the message, are no report.</summary>
    public static RoomReport? Read(ReadOnlySpan<byte> body)
    {
        if (body.Length < HeaderSize || !Enum.IsDefined((Stage)body[0]) || !Enum.IsDefined((Outcome)body[1]))
            return null;

        long bytesIn = BinaryPrimitives.ReadInt64LittleEndian(body[3..]), bytesOut = BinaryPrimitives.ReadInt64LittleEndian(body[11..]);
        ReadOnlySpan<byte> texts = body[HeaderSize..];
        if (bytesIn < 0 || bytesOut < 0
            || !TryText(ref texts, out string serverName)
            || !TryText(ref texts, out string alpn)
            || !TryText(ref texts, out string version)
            || !TryText(ref texts, out string cipher)
            || !TryText(ref texts, out string backendTls)
            || !TryText(ref texts, out string detail)
            || !texts.IsEmpty)
        {
            return null;
        }

        return new RoomReport
        {
            Stage = (Stage)body[0],
            Outcome = (Outcome)body[1],
            Resumed = body[2] != 0,
            BytesIn = bytesIn,
            BytesOut = bytesOut,
            ServerName = serverName,
            Alpn = alpn,
            TlsVersion = version,
            Cipher = cipher,
            BackendTls = backendTls,
            Detail = detail,
        };
    }

    private static bool TryText(ref ReadOnlySpan<byte> bytes, out string text)
    {
        text = "";
        if (bytes.Length < sizeof(ushort))
            return false;

        int length = BinaryPrimitives.ReadUInt16LittleEndian(bytes);
        if (length > bytes.Length - sizeof(ushort) || length > 3 * MaxText)
            return false;

        text = Encoding.UTF8.GetString(bytes.Slice(sizeof(ushort), length));
        bytes = bytes[(sizeof(ushort) + length)..];
        return true;
    }
}
