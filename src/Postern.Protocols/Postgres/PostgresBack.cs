namespace Postern.Protocols.Postgres;

/// <summary>The client's side: SSLRequest, and one byte. S starts TLS; whatever else comes ends the connection.</summary>
internal sealed class PostgresBack : BackNegotiator
{
    private static ReadOnlySpan<byte> SslRequest => [0, 0, 0, 8, 0x04, 0xd2, 0x16, 0x2f];

    private bool _asked;

    public override Step Advance(ReadOnlySpan<byte> input, ref ByteWriter output)
    {
        if (!_asked)
        {
            _asked = true;
            output.Write(SslRequest);
        }

        if (input.IsEmpty)
            return Step.NeedInput;

        return input[0] switch
        {
            // CVE-2021-23222: not one byte behind it; the driver sees to that.
            (byte)'S' => Step.StartTls(1),

            // CVE-2024-10977: an ErrorResponse from before TLS is nobody's word, and its text is shown to nobody.
            (byte)'N' or (byte)'E' => Step.Refuse(1, Refusal.BackendNoStartTls),
            _ => Step.Refuse(1, Refusal.BackendGarbage),
        };
    }

    public override bool TryWriteRefusal(ReadOnlySpan<byte> command, ref ByteWriter output) => false;
}
