"""Autoregressive models: p(x) = Π_i p(x_i | x_{<i}), each file one way to write the conditionals."""

from lecturelib.autoregressive.fvsbn import FVSBN
from lecturelib.autoregressive.gated_pixelcnn import GatedPixelCNN
from lecturelib.autoregressive.multi_scale_pixelcnn import MultiScalePixelCNN
from lecturelib.autoregressive.nade import NADE
from lecturelib.autoregressive.order_agnostic import OrderAgnosticNADE
from lecturelib.autoregressive.pixelcnn import PixelCNN
from lecturelib.autoregressive.row_lstm import RowLSTM

__all__ = ["FVSBN", "NADE", "GatedPixelCNN", "MultiScalePixelCNN", "OrderAgnosticNADE", "PixelCNN", "RowLSTM"]
