using System.Text;

namespace Postern.Fuzz;

/// <summary>Makes an input of others: bits, bytes, words of the protocols, pieces of a neighbour.</summary>
internal sealed class Mutator(Random random)
{
    private const int MaxLength = 4096;
    private const int MaxSteps = 6;

    private static readonly byte[][] s_words =
    [
        .. ((string[])
        [
            "\r\n", "\n", "\r", "\0", " ", "EHLO a\r\n", "LHLO a\r\n", "STARTTLS\r\n", "STLS\r\n", "a STARTTLS\r\n", "CAPA\r\n", "a NOOP\r\n", "NOOP\r\n",
            "QUIT\r\n", "MAIL FROM:<a>\r\n", "AUTH PLAIN AA==\r\n", "{3+}\r\n", "{3}\r\n", "{0+}\r\n", "220 x\r\n", "220-x\r\n", "250 x\r\n", "250-SIZE 1\r\n",
            "554 x\r\n", "* OK x\r\n", "* BYE x\r\n", "* PREAUTH\r\n", "+OK\r\n", "-ERR\r\n", "OK \"x\"\r\n", "\"SASL\" \"\"\r\n", "GET / ", "PROXY TCP4 1.2.3.4 5.6.7.8 1 2\r\n",
            "250 STARTTLS\r\n", "P0123456789ABCDEF OK x\r\n", "P0123456789ABCDEF NO x\r\n", "* LIST () {3}\r\n", ".\r\n", "\"STARTTLS\"\r\n", "{8}\r\nSTARTTLS\r\n", "200 x\r\n",
            "382 x\r\n", "580 x\r\n", "CAPABILITIES\r\n",
            "<stream:stream xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams' to='example.org' version='1.0'>",
            "<stream:stream xmlns='jabber:server' xmlns:stream='http://etherx.jabber.org/streams' from='a' to='example.org' version='1.0'>",
            "<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<proceed xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>", "<stream:features>", "</stream:features>",
            "<stream:error>", "</stream:stream>", "<?xml version='1.0'?>", "<a>", "</a>", "<a", "/>", " xmlns:a='b'", "&lt;", "&#x41;", "]]>", "\xc3\xbc", "\x16\x03\x01",
            "PROXY UNKNOWN\r\n", "\r\n\r\n\0\r\nQUIT\n", "\x21\x11\0\x0c",
            "\0\0\0\x08\x04\xd2\x16\x2f", "\0\0\0\x08\x04\xd2\x16\x30", "\0\0\0\x09\0\x03\0\0\0", "\0\0\0\x10\x04\xd2\x16\x2e\0\0\0\x01\0\0\0\x02", "S", "N", "E\0\0\0\x05\0",
            "\x30\x1d\x02\x01\x01\x77\x18\x80\x16" + "1.3.6.1.4.1.1466.20037", "\x30\x0c\x02\x01\x01\x60\x07\x02\x01\x03\x04\0\x80\0", "\x30\x05\x02\x01\x01\x42\0", "\x30\x84\0\0\0\x1d",
            "\x30\x0c\x02\x01\x01\x78\x07\x0a\x01\0\x04\0\x04\0", "\x30\x80", "\x0a\x01\0", "\x04\0", "\x63",
            "v=STSv1; id=", "v=TLSRPTv1; rua=mailto:", "https://", ";", "version: STSv1\n", "mode: enforce\n", "mode: none\n", "mx: *.example.org\n", "max_age: 86400\n", "\x03\x01\x01", "\x02\0\0\x30\x03",
            "\u0001MAIL FROM:<a@b.example>\r\n", "\u0001RCPT TO:<c@d.example>\r\n", "\u0001RCPT TO:<c@e.example>\r\n", "\u0001DATA\r\n", "\u0001RSET\r\n", "\u0001.\r\n", "\n.\r\n", "\r.\r",
            "\u0002250 x\r\n", "\u0002250-x\r\n", "\u0002354 x\r\n", "\u0002421 x\r\n", "\u0002550 x\r\n", "\u0003\x7f", "\u0003 ", "\u0004", "\u0005", "\u0006", " REQUIRETLS", " SMTPUTF8", " BODY=8BITMIME",
            "{", "}", "[", "]", ",", ":", "null", "\"\\ud800\"", "\"policies\":", "\"mx-host\":", "\"mxs\":", "\"policy-alias\":", "2016-04-01T00:00:00Z",
        ]).Select(Encoding.Latin1.GetBytes),
    ];

    public byte[] Mutate(byte[] input, byte[] neighbour)
    {
        List<byte> bytes = [.. input];
        for (int step = random.Next(1, MaxSteps); step > 0; step--)
        {
            int at = random.Next(bytes.Count + 1);
            switch (random.Next(6))
            {
                case 0 when bytes.Count > 0:
                    bytes[random.Next(bytes.Count)] ^= (byte)(1 << random.Next(8));
                    break;
                case 1:
                    bytes.Insert(at, (byte)random.Next(256));
                    break;
                case 2 when bytes.Count > 0:
                    int from = random.Next(bytes.Count);
                    bytes.RemoveRange(from, random.Next(1, bytes.Count - from + 1));
                    break;
                case 3:
                    bytes.InsertRange(at, s_words[random.Next(s_words.Length)]);
                    break;
                case 4 when neighbour.Length > 0:
                    bytes.InsertRange(at, neighbour[random.Next(neighbour.Length)..]);
                    break;
                case 5 when bytes.Count > 0:
                    // The same again, many times: bounds are where it ends.
                    byte[] piece = [.. bytes.Skip(random.Next(bytes.Count)).Take(40)];
                    for (int i = random.Next(1, 60); i > 0; i--)
                        bytes.InsertRange(Math.Min(at, bytes.Count), piece);
                    break;
            }
        }

        return bytes.Count > MaxLength ? [.. bytes.Take(MaxLength)] : [.. bytes];
    }
}
